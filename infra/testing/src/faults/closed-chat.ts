import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery, DeliveryList } from '@incidents/contracts';
import type { Attempt } from './ledger.ts';
import { reportOnce } from './reporting.ts';
import type { Stack } from './stack.ts';

/** Nearly three years. */
const ASKED_SECONDS = 86_400_000;
const MAX_CLOSED_SECONDS = 3_600;

/** Reads a delivery as the API shows it. */
async function readDelivery({ apis }: Stack, { id, incident_id }: Waiting): Promise<Delivery | undefined> {
  const reply = await fetch(`${apis[0]?.url}/incidents/${incident_id}/deliveries`);
  return DeliveryList.parse(await reply.json()).find((delivery) => delivery.id === id);
}

interface Waiting {
  id: number;
  incident_id: number;
}

/**
 * Lets the Bot API ask for years, and holds what the service says of the closed chat against what it should; lets one
 * delivery become too old, and then an hour pass.
 * @param attempts get the incidents that this reports
 * @returns what is not as it should be, in words
 */
export async function closeChat(stack: Stack, attempts: Attempt[]): Promise<string[]> {
  const { postgres, bot, apis, workers } = stack;
  const failures: string[] = [];
  await eventually('there were messages left', async () => {
    const [left] = await postgres.ask(
      `select from deliveries where channel = 'telegram' and state in ('pending', 'sending') limit 1`,
    );
    return left === undefined || undefined;
  });
  await bot.flood(ASKED_SECONDS);
  // One after the other: a message that has its turn already when the chat is closed is still sent.
  const heard = await reportIntoClosedChat(stack, attempts, '429: ');
  const waiting = await reportIntoClosedChat(stack, attempts, 'Telegram asked for a pause ');
  const told = (await readDelivery(stack, heard))?.last_error ?? '';
  if (!told.includes(`retry after ${ASKED_SECONDS}`))
    failures.push(`what Telegram said is not told: ${told}`);
  const [closed] = await postgres.ask<{ seconds: number }>(
    `select extract(epoch from greatest(
       (select max(next_at) from telegram_turns), (select max(next_attempt_at) from deliveries)) - now()
     )::float8 as seconds`,
  );
  if (!(closed && closed.seconds <= MAX_CLOSED_SECONDS)) failures.push(`closed for ${closed?.seconds} s`);

  await postgres.ask(
    `update deliveries set series_began_at = now() - interval '25 hours', next_attempt_at = now() where id = $1`,
    [waiting.id],
  );
  await runNow(stack, `key = 'delivery:' || ${waiting.id}`);
  const failed = await eventually('it was not given up', async () => {
    const delivery = await readDelivery(stack, waiting);
    return delivery?.state === 'failed' ? delivery : undefined;
  });
  if (!failed.last_error?.startsWith('not sent within 86400 s: ')) {
    failures.push(`given up for another reason: ${failed.last_error}`);
  }
  const logged = workers.some(({ log }) =>
    log.some(({ level, delivery_id }) => level === 'error' && delivery_id === waiting.id),
  );
  if (!logged) failures.push('the log does not say that it was given up');

  await postgres.ask(`update telegram_turns set next_at = next_at - interval '1 hour'`);
  await postgres.ask(`update deliveries set next_attempt_at = now() where state = 'pending'`);
  await runNow(stack, `key like 'delivery:%' and locked_at is null`);
  const retried = await fetch(`${apis[0]?.url}/deliveries/${waiting.id}/retry`, { method: 'POST' });
  if (Delivery.safeParse(await retried.json()).data?.id !== waiting.id) {
    failures.push(`retrying it answered ${retried.status}`);
  }
  return failures;
}

/** Reports an incident, and waits until its message waits for a reason that begins with `reason`. */
async function reportIntoClosedChat(stack: Stack, attempts: Attempt[], reason: string): Promise<Waiting> {
  const attempt = await reportOnce(stack.apis[0]?.url ?? '', `закрытый чат: ${reason}`);
  attempts.push(attempt);
  if (attempt.answer.kind !== 'created') throw new Error('the incident was not created');
  const { id } = attempt.answer;
  return eventually(`the chat was not closed for ${reason}`, async () => {
    const [row] = await stack.postgres.ask<Waiting>(
      `select id::int, incident_id::int from deliveries
       where incident_id = $1 and channel = 'telegram' and state = 'pending'
         and starts_with(last_error, $2) and last_error like '%(the chat is closed until %'`,
      [id, reason],
    );
    return row;
  });
}

const runNow = ({ postgres }: Stack, which: string) =>
  postgres.ask(
    `select count(*) from graphile_worker.reschedule_jobs(
       array(select id from graphile_worker.jobs where ${which}), run_at => now())`,
  );

async function eventually<Found>(otherwise: string, find: () => Promise<Found | undefined>): Promise<Found> {
  const until = performance.now() + 120_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(otherwise);
    await sleep(100);
  }
}
