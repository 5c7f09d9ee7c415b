import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery, DeliveryList } from '@incidents/contracts';
import type { Attempt } from '../accepted-incidents.ts';
import { reportOnce } from '../reporting.ts';
import type { Stack } from '../stack.ts';

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
  const waiting = await reportIntoClosedChat(stack, attempts);
  const told = (await readDelivery(stack, waiting))?.last_error ?? '';
  if (!told.includes(`retry after ${ASKED_SECONDS}`))
    failures.push(`what Telegram said is not told: ${told}`);
  const [closed] = await postgres.ask<{ seconds: number }>(
    `select extract(epoch from max(greatest(closed_until, due_at)) - now())::float8 as seconds
     from outboxes where channel = 'telegram'`,
  );
  if (!(closed && closed.seconds <= MAX_CLOSED_SECONDS)) failures.push(`closed for ${closed?.seconds} s`);

  // Too old, and closed once more when the chat opens.
  await postgres.ask(`update deliveries set series_began_at = now() - interval '25 hours' where id = $1`, [
    waiting.id,
  ]);
  await bot.flood(ASKED_SECONDS);
  await openChat(stack);
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

  await openChat(stack);
  const retried = await fetch(`${apis[0]?.url}/deliveries/${waiting.id}/retry`, { method: 'POST' });
  if (Delivery.safeParse(await retried.json()).data?.id !== waiting.id) {
    failures.push(`retrying it answered ${retried.status}`);
  }
  return failures;
}

/** Reports an incident, and waits until Telegram has refused its message. */
async function reportIntoClosedChat(stack: Stack, attempts: Attempt[]): Promise<Waiting> {
  const attempt = await reportOnce(stack.apis[0]?.url ?? '', 'закрытый чат');
  attempts.push(attempt);
  if (attempt.answer.kind !== 'created') throw new Error('the incident was not created');
  const { id } = attempt.answer;
  return eventually('the chat was not closed', async () => {
    const [row] = await stack.postgres.ask<Waiting>(
      `select id::int, incident_id::int from deliveries
       where incident_id = $1 and channel = 'telegram' and state = 'pending'
         and starts_with(last_error, '429: ') and last_error like '%(the chat is closed until %'`,
      [id],
    );
    return row;
  });
}

/** Ends the pause of the chat, as its time would. */
const openChat = ({ postgres }: Stack) =>
  postgres.ask(`update outboxes set closed_until = now(), due_at = now() where channel = 'telegram'`);

async function eventually<Found>(otherwise: string, find: () => Promise<Found | undefined>): Promise<Found> {
  const until = performance.now() + 120_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(otherwise);
    await sleep(100);
  }
}
