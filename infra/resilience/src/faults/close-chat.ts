import { Delivery, DeliveryList } from '@incidents/contracts';
import { waitUntil } from '@incidents/testing/wait-until';
import type { CreateAttempt } from './accepted-incidents.ts';
import { reportOnce } from './reporting.ts';
import type { Stack } from './stack.ts';

/** The pause that the Bot API asks for: nearly three years. */
const RETRY_AFTER_SECONDS = 86_400_000;
const MAX_CLOSED_SECONDS = 3_600;

async function readDelivery(
  { apis }: Stack,
  { id, incident_id }: WaitingDelivery,
): Promise<Delivery | undefined> {
  const reply = await fetch(`${apis[0]?.url}/incidents/${incident_id}/deliveries`);
  return DeliveryList.parse(await reply.json()).find((delivery) => delivery.id === id);
}

interface WaitingDelivery {
  id: number;
  incident_id: number;
}

/** @param attempts receives the incidents that this reports */
export async function closeChat(stack: Stack, attempts: CreateAttempt[]): Promise<string[]> {
  const { postgres, bot, apis, workers } = stack;
  const failures: string[] = [];
  await waitFor('there were messages left', async () => {
    const [left] = await postgres.query(
      `select from deliveries where channel = 'telegram' and state in ('pending', 'sending') limit 1`,
    );
    return left === undefined || undefined;
  });
  await bot.flood(RETRY_AFTER_SECONDS);
  const waiting = await reportIntoClosedChat(stack, attempts);
  const lastError = (await readDelivery(stack, waiting))?.last_error ?? '';
  if (!lastError.includes(`retry after ${RETRY_AFTER_SECONDS}`))
    failures.push(`the error of Telegram is not shown: ${lastError}`);
  const [closed] = await postgres.query<{ seconds: number }>(
    `select extract(epoch from max(greatest(closed_until, due_at)) - now())::float8 as seconds
     from outboxes where channel = 'telegram'`,
  );
  if (!(closed && closed.seconds <= MAX_CLOSED_SECONDS)) failures.push(`closed for ${closed?.seconds} s`);

  // The delivery is too old when the chat opens and is closed again.
  await postgres.query(`update deliveries set series_began_at = now() - interval '25 hours' where id = $1`, [
    waiting.id,
  ]);
  await bot.flood(RETRY_AFTER_SECONDS);
  await openChat(stack);
  const failed = await waitFor('it was not given up', async () => {
    const delivery = await readDelivery(stack, waiting);
    return delivery?.state === 'failed' ? delivery : undefined;
  });
  if (!failed.last_error?.startsWith('not sent within 86400 s: ')) {
    failures.push(`given up for another reason: ${failed.last_error}`);
  }
  const logged = workers.some(({ log }) =>
    log.some(({ level, delivery_id }) => level === 'error' && delivery_id === waiting.id),
  );
  if (!logged) failures.push('the log does not show that it was given up');

  await openChat(stack);
  const retried = await fetch(`${apis[0]?.url}/deliveries/${waiting.id}/retry`, { method: 'POST' });
  if (Delivery.safeParse(await retried.json()).data?.id !== waiting.id) {
    failures.push(`retrying it answered ${retried.status}`);
  }
  return failures;
}

async function reportIntoClosedChat(stack: Stack, attempts: CreateAttempt[]): Promise<WaitingDelivery> {
  const attempt = await reportOnce(stack.apis[0]?.url ?? '', 'закрытый чат');
  attempts.push(attempt);
  if (attempt.answer.kind !== 'created') throw new Error('the incident was not created');
  const { id } = attempt.answer;
  return waitFor('the chat was not closed', async () => {
    const [row] = await stack.postgres.query<WaitingDelivery>(
      `select id::int, incident_id::int from deliveries
       where incident_id = $1 and channel = 'telegram' and state = 'pending'
         and starts_with(last_error, '429: ') and last_error like '%(the chat is closed until %'`,
      [id],
    );
    return row;
  });
}

const openChat = ({ postgres }: Stack) =>
  postgres.query(`update outboxes set closed_until = now(), due_at = now() where channel = 'telegram'`);

async function waitFor<T>(failure: string, find: () => Promise<T | undefined>): Promise<T> {
  const found = await waitUntil(find, 120_000, 100);
  if (found === undefined) throw new Error(failure);
  return found;
}
