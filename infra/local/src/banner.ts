const EXAMPLE = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};

/** The text that `start` prints when everything is ready. */
export function banner(
  url: string,
  { database, redis, startMs }: { database: string; redis: string | undefined; startMs: number },
): string {
  return `
Ready in ${(startMs / 1000).toFixed(1)} s.

  API        ${url}
  Docs       ${url}/docs
  Database   ${database}
  Redis      ${redis ?? 'none (limits per process)'}

  Report an incident:

    curl -X POST ${url}/incidents/ -H 'Content-Type: application/json' -d '${JSON.stringify(EXAMPLE)}'

  Stop with Ctrl+C, or from another terminal with: npx pnpm@12 stop
`;
}
