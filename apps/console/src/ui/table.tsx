import type { ReactNode } from 'react';
import { useTexts } from '../locale/language.ts';

interface TableProps {
  /** The headings; those of numbers stand at the right. */
  columns: (string | { number: string })[];
  /** Whether the rows end with buttons. */
  hasActions?: boolean;
  /** Announced to screen readers where no heading precedes the table. */
  label?: string;
  /** The rows. */
  children: ReactNode;
}

/** A table that scrolls sideways by itself on a narrow screen. */
export function Table({ columns, hasActions = false, label, children }: TableProps) {
  const texts = useTexts();
  return (
    <div className="table-scroller">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) =>
              typeof column === 'string' ? (
                <th key={column} scope="col">
                  {column}
                </th>
              ) : (
                <th key={column.number} scope="col" className="number">
                  {column.number}
                </th>
              ),
            )}
            {hasActions && (
              <th scope="col">
                <span className="visually-hidden">{texts.common.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
