import type { Configuration } from './read-configuration.ts';

const EXAMPLE = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};

const EMAIL_VARIABLES = ['SMTP_URL', 'MAIL_FROM', 'MAIL_TO'];
const TELEGRAM_VARIABLES = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_IDS'];

export interface BannerOptions {
  url: string;
  configuration: Configuration;
  env: NodeJS.ProcessEnv;
  database: { url: string; description: string; isEmbedded: boolean };
  /** A description; undefined without a Redis. */
  redis: string | undefined;
  /** A key for the example, with AUTH=keys. */
  key: string | undefined;
  startMs: number;
}

/** The text that `start` prints when everything is ready. Its commands work as printed. */
export function banner(options: BannerOptions): string {
  const { url, configuration, env, database, redis, key, startMs } = options;
  const { email, telegram } = configuration.worker;
  const authorization = key === undefined ? '' : `-H 'Authorization: Bearer ${key}' `;
  // The shell or .env has an address that was given; it holds a password that is not ours to show.
  const incidents = `${database.isEmbedded ? `DATABASE_URL=${database.url} ` : ''}npx pnpm@12 incidents`;
  return `
Ready in ${(startMs / 1000).toFixed(1)} s.

  Console    ${url}/console
  API        ${url}
  Docs       ${url}/docs
  Keys       ${configuration.api.keys ? 'on (AUTH=keys)' : 'off: every program of this machine has full access (AUTH=off)'}
  E-mail     ${email.smtpUrl === undefined ? logOnly(EMAIL_VARIABLES, env) : listRecipients(email.to)}
  Telegram   ${telegram.token === undefined ? logOnly(TELEGRAM_VARIABLES, env) : listRecipients(telegram.chats)}
  Redis      ${redis ?? 'none (limits per process)'}
  Database   ${database.isEmbedded ? `${database.url}\n             ` : ''}${database.description}

  Report an incident:

    curl -X POST ${url}/incidents/ -H 'Content-Type: application/json' ${authorization}-d '${JSON.stringify(EXAMPLE)}'

  Send test messages${key === undefined ? '' : ', create keys'}:

    ${incidents} notify-test
${key === undefined ? '' : `    ${incidents} keys create --name NAME --scope admin\n`}
  Stop with Ctrl+C, or from another terminal with: npx pnpm@12 stop
`;
}

function logOnly(names: string[], env: NodeJS.ProcessEnv): string {
  const missing = names.filter((name) => !env[name]);
  const named = missing.length === names.length ? missing.slice(0, 1) : missing;
  return `log only (${named.join(' and ')} ${named.length > 1 ? 'are' : 'is'} not set)`;
}

const listRecipients = (recipients: Configuration['worker']['email']['to']): string =>
  recipients
    .map(({ recipient, sources }) =>
      sources === null ? recipient : `${recipient} (source ${sources.join(', ')})`,
    )
    .join(', ');
