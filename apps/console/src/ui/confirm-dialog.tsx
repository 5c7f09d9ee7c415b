import { useTexts } from '../locale/language.ts';
import { Dialog } from './dialog.tsx';

export interface Confirmation {
  title: string;
  text: string;
  action: string;
  /** Whether the action cannot be undone. */
  isDestructive: boolean;
  onConfirm(): void;
}

export function ConfirmDialog(props: { confirmation: Confirmation; onClose(): void }) {
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
