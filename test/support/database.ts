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

const newName = (): string => `weir_test_${randomBytes(6).toString('hex')}`;
const urlOf = (server: string, name: string): string => Object.assign(new URL(server), { pathname: `/${name}` }).href;

/** Makes the migrated database that all others of a run are copies of. Disposing it drops it. */
export async function createTemplate(server: string): Promise<{ name: string } & AsyncDisposable> {
  const name = newName();
  await run(server, `create database ${name} encoding 'UTF8' template template0`);
  await migrate(urlOf(server, name));
  return { name, [Symbol.asyncDispose]: () => run(server, `drop database ${name} with (force)`) };
}

async function run(server: string, statement: string): Promise<void> {
  const admin = postgres(server, { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end({ timeout: 2 });
  }
}

/** A database of its own. Disposing it drops it. */
async function createDatabase(template: string): Promise<TestDatabase> {
  const name = newName();
  await run(serverUrl(), `create database ${name} encoding 'UTF8' template ${template} strategy file_copy`);
  const url = urlOf(serverUrl(), name);
  const sql = connect(url, { max: 8, statementTimeoutMs: 60_000 });
  return {
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 2 });
      await run(serverUrl(), `drop database ${name} with (force)`);
    },
  };
}

/** A copy of a database that nobody is connected to, as a backup of it. The caller gave its connections back. */
export const copyDatabase = ({ url }: TestDatabase): Promise<TestDatabase> =>
  createDatabase(new URL(url).pathname.slice(1));

/** An empty database of its own, without a table. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase('template0');

/** A migrated database of its own: a copy of the run's template, under an identity of its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = process.env.TEST_TEMPLATE;
  if (!template) throw new Error('TEST_TEMPLATE is not set: run the tests by `npm test`');
  const database = await createDatabase(template);
  await database.sql`update weir_state set value = to_jsonb(gen_random_uuid()) where name = 'database_id'`;
  return database;
}
