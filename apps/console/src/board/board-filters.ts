import { useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** Filters of the service. They stand in the address, so that a link shows the same board. */
export interface BoardFilters {
  severity: string;
  bot: string;
  assignee: string;
}

export interface BoardView {
  filters: BoardFilters;
  /** Matches loaded incidents only. */
  search: string;
  change(name: keyof BoardFilters | 'search', value: string): void;
  reset(): void;
}

export function useBoardView(): BoardView {
  const [parameters, setParameters] = useSearchParams();
  const severity = parameters.get('severity') ?? '';
  const bot = parameters.get('bot') ?? '';
  const assignee = parameters.get('assignee') ?? '';
  const filters = useMemo(() => ({ severity, bot, assignee }), [severity, bot, assignee]);
  return {
    filters,
    search: parameters.get('search') ?? '',
    change(name, value) {
      setParameters(
        (previous) => {
          const next = new URLSearchParams(previous);
          if (value === '') next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      );
    },
    reset: () => setParameters({}, { replace: true }),
  };
}
