import { randomBytes } from 'node:crypto';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import postgres from '../../src/db/connection/postgres.ts';
import { migrate } from '../../src/db/schema/migrate.ts';

/** The PostgreSQL that `test/run.ts` started, or the one that the caller named. */
export const serverUrl = (): string => {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run the tests by `npm test`');
  return url;
};

export interface TestDatabase {
  url: string;
  sql: Sql;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An empty database of its own. Disposing it drops it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `weir_test_${randomBytes(6).toString('hex')}`;
  const admin = postgres(serverUrl(), { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name} encoding 'UTF8' template template0`);
  const url = Object.assign(new URL(serverUrl()), { pathname: `/${name}` }).href;
  const sql = connect(url, { max: 8, statementTimeoutMs: 60_000 });
  return {
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 2 });
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.end({ timeout: 2 });
    },
  };
}

/** A migrated database of its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase();
  await migrate(database.url);
  return database;
}
