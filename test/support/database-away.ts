import postgres from '../../src/db/connection/postgres.ts';
import { serverUrl, type TestDatabase } from './database.ts';

/** Nobody gets in, and who is in is thrown out: as if the database were away, for this database alone. */
export async function withDatabaseAway<T>({ url }: TestDatabase, work: () => Promise<T>): Promise<T> {
  const name = new URL(url).pathname.slice(1);
  const admin = postgres(serverUrl(), { max: 1 });
  try {
    await admin.unsafe(`alter database ${name} allow_connections false`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    return await work();
  } finally {
    await admin.unsafe(`alter database ${name} allow_connections true`);
    await admin.end();
  }
}
