import type { IncidentStatus } from '@incidents/contracts';
import { useTexts } from '../locale/language.ts';

export function SelectionBar(props: {
  count: number;
  onMove(status: IncidentStatus): void;
  onClear(): void;
}) {
  const { count, onMove, onClear } = props;
  const texts = useTexts();
  return (
    <div className="selection-bar" role="toolbar" aria-label={texts.board.selected(count)}>
      <strong>{texts.board.selected(count)}</strong>
      {(['в работе', 'закрыт', 'новый'] as const).map((status) => (
        <button key={status} type="button" className="button" onClick={() => onMove(status)}>
          {texts.board.actions[status]}
        </button>
      ))}
      <button type="button" className="button button-quiet" onClick={onClear}>
        {texts.board.clearSelection}
      </button>
    </div>
  );
}
