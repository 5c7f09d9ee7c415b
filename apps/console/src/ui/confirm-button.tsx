import { type ReactNode, useState } from 'react';
import { useTexts } from '../locale/language.ts';
import { Dialog } from './dialog.tsx';

interface Confirmation {
  title: string;
  text: string;
  action: string;
  /** Whether the action cannot be undone. */
  isDestructive: boolean;
  onConfirm(): void;
}

/** Asks before it acts. The action is that of the moment of the click: the page may change while the question is open. */
export function ConfirmButton(props: {
  className: string;
  confirmation: Confirmation;
  label?: string;
  disabled?: boolean;
  children: ReactNode;
}) {
  const { className, confirmation, label, disabled, children } = props;
  const [asked, setAsked] = useState<Confirmation>();
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        disabled={disabled}
        onClick={() => setAsked(confirmation)}
      >
        {children}
      </button>
      {asked && <ConfirmDialog confirmation={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function ConfirmDialog(props: { confirmation: Confirmation; onClose(): void }) {
  const { confirmation, onClose } = props;
  const texts = useTexts();
  return (
    <Dialog title={confirmation.title} onClose={onClose}>
      <p>{confirmation.text}</p>
      <div className="actions actions-end">
        <button type="button" className="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
        <button
          type="button"
          className={`button ${confirmation.isDestructive ? 'button-danger' : 'button-primary'}`}
          onClick={() => {
            confirmation.onConfirm();
            onClose();
          }}
        >
          {confirmation.action}
        </button>
      </div>
    </Dialog>
  );
}
