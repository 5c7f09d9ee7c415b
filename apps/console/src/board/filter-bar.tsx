import { useMemo } from 'react';
import { useTexts } from '../locale/language.ts';
import { SEVERITIES } from '../service/severities.ts';
import type { BoardView } from './board-filters.ts';
import type { BoardIncident } from './board-source.ts';

const MAX_SUGGESTIONS = 200;

export function FilterBar(props: {
  view: BoardView;
  incidents: ReadonlyMap<number, BoardIncident>;
  isFiltered: boolean;
  canMove: boolean;
}) {
  const { view, incidents, isFiltered, canMove } = props;
  const { filters, search, change, reset } = view;
  const texts = useTexts();
  const bots = useMemo(() => suggest(incidents, ({ bot }) => bot), [incidents]);
  const assignees = useMemo(() => suggest(incidents, ({ assignee }) => assignee), [incidents]);
  return (
    <search className="filters">
      <input
        type="search"
        className="filter-search"
        aria-label={texts.board.search}
        placeholder={texts.board.search}
        value={search}
        onChange={(event) => change('search', event.currentTarget.value)}
      />
      <select
        aria-label={texts.board.severity}
        value={filters.severity}
        onChange={(event) => change('severity', event.currentTarget.value)}
      >
        <option value="">{texts.board.severity}</option>
        {SEVERITIES.map((severity) => (
          <option key={severity} value={severity}>
            {texts.severity[severity]}
          </option>
        ))}
      </select>
      <Suggested
        label={texts.board.bot}
        value={filters.bot}
        values={bots}
        onChange={(value) => change('bot', value)}
      />
      <Suggested
        label={texts.board.assignee}
        value={filters.assignee}
        values={assignees}
        onChange={(value) => change('assignee', value)}
      />
      {isFiltered && (
        <button type="button" className="button button-quiet" onClick={reset}>
          {texts.board.resetFilters}
        </button>
      )}
      <details className="help">
        <summary>{texts.board.keys}</summary>
        <dl>
          {[...texts.board.keysHelp, ...(canMove ? texts.board.moveKeysHelp : [])].map(([keys, meaning]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
    </search>
  );
}

/** A list of known values; the one of the address stays in it when nothing that is loaded has it. */
function Suggested(props: { label: string; value: string; values: string[]; onChange(value: string): void }) {
  const { label, value, values, onChange } = props;
  const options = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{label}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

function suggest(
  incidents: ReadonlyMap<number, BoardIncident>,
  read: (incident: BoardIncident) => string | null,
): string[] {
  const values = new Set<string>();
  for (const incident of incidents.values()) {
    const value = read(incident);
    if (value !== null) values.add(value);
    if (values.size === MAX_SUGGESTIONS) break;
  }
  return [...values].sort((a, b) => a.localeCompare(b));
}
