import { type ReactNode, useLayoutEffect, useRef } from 'react';

/** A modal dialog of the browser: it traps the focus, and Escape closes it. */
export function Dialog(props: { title: string; onClose(): void; children: ReactNode }) {
  const { title, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // A layout effect closes it before it leaves the page, so the focus returns to the button that opened it.
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-label={title} onCancel={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
