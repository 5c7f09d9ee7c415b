import type { Db } from '../client.ts';

/** The settings of `alter database … set`: `TimeZone=Asia/Tokyo`. */
export async function databaseSettings({ pool }: Pick<Db, 'pool'>): Promise<string[]> {
  const { rows } = await pool.query<{ setting: string }>(`
    select unnest(setconfig) as setting from pg_db_role_setting
    where setdatabase = (select oid from pg_database where datname = current_database())`);
  return rows.map(({ setting }) => setting);
}
