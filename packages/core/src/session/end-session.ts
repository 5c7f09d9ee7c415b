import { deleteSession } from '@incidents/db/queries/session/delete-session';
import { hashApiKey } from '../api-key/hash-api-key.ts';
import type { Context } from '../context.ts';

/** A session that does not exist, or has ended, is no error. */
export const endSession = ({ db }: Pick<Context, 'db'>, id: string): Promise<void> =>
  deleteSession(db, hashApiKey(id));
