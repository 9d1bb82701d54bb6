import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '../../errors.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import { connect, disconnect, type Sql } from '../connection/client.ts';
import { setLockTimeout, withLocks } from '../connection/lock-attempts.ts';
import { tryClient } from '../connection/pg-client.ts';
import { isUnavailable, sqlState } from '../connection/sqlstate.ts';
import { databaseAddress, tlsAdvice } from '../connection/tls.ts';
import { inTransaction } from '../connection/transaction.ts';
import { moveBatchIds } from './batch-ids.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const ATTEMPTS = 5;
const RETRY_AFTER_MS = 2000;
/** Some 30 s in all. Between them servers that are running write as ever. */
const LOCK_ATTEMPTS = 100;
const SERVER_VERSION_MIN = 150_000;

interface Migration {
  version: number;
  name: string;
}

export interface Migrated {
  from: number;
  to: number;
}

/** The numbered files, in order. A file that is on `main` never changes. */
export async function listMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return files.map((name) => ({ version: Number.parseInt(name, 10), name }));
}

/** The database did not respond in any attempt. A later one may succeed. */
export class DatabaseAway extends CannotStart {}

/**
 * Brings the logs database to the newest schema version. When the database cannot be reached, tries 5 times, 2 s apart.
 * Several servers may migrate at the same time.
 * @throws DatabaseAway the database cannot be reached; CannotStart it refuses the connection, is older than PostgreSQL 15, or
 * has a schema newer than this program, or other sessions hold its tables
 */
export async function migrate(url: string, onRetry: (error: Error) => void = () => {}): Promise<Migrated> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryMigrate(url);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (attempt === ATTEMPTS) {
        throw new DatabaseAway(
          `LOGS_DATABASE_URL: cannot connect to ${shownUrl(url)} after ${ATTEMPTS} attempts: ${(error as Error).message || (error as { code?: string }).code}`,
          { cause: error },
        );
      }
      onRetry(error as Error);
    }
    await sleep(RETRY_AFTER_MS);
  }
}

/** Makes one attempt. @throws CannotStart as `migrate` does; the driver's own error if the database cannot be reached */
export async function tryMigrate(url: string): Promise<Migrated> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 0 });
  try {
    // Each driver opens a connection here once, so that a setting that only one of them cannot use is known at the start.
    await tryClient(url);
    return await runMigrations(sql);
  } catch (error) {
    const { message } = error as Error;
    const advice = tlsAdvice(error);
    if (advice) {
      throw new CannotStart(
        `LOGS_DATABASE_URL: expected TLS to ${shownUrl(url)} by sslmode=${databaseAddress(url).mode}, got: ${message}. ${advice}`,
        { cause: error },
      );
    }
    if (!isRefused(error)) throw error;
    throw new CannotStart(
      `LOGS_DATABASE_URL: expected a database at ${shownUrl(url)} in which this role may create tables, got: ${message}`,
      { cause: error },
    );
  } finally {
    await disconnect(sql);
  }
}

/** A wrong password or role (28), an unknown database (3D), or a role that may not create tables (42501). */
const isRefused = (error: unknown): boolean => /^(28|3D|42501)/.test(sqlState(error) ?? '');

async function runMigrations(sql: Sql): Promise<Migrated> {
  await checkServer(sql);
  const migrations = await listMigrations();
  const latest = migrations.at(-1)?.version ?? 0;
  const from = await schemaVersion(sql);
  for (const migration of migrations) await runOne(sql, migration);
  const to = await schemaVersion(sql);
  if (to > latest) {
    throw new CannotStart(
      `expected a logs database of schema version ${latest} or older, got version ${to}: run a newer Weir`,
    );
  }
  await moveBatchIds(sql);
  return { from, to };
}

async function checkServer(sql: Sql): Promise<void> {
  const [row] = await sql<{ version: number; text: string; encoding: string }[]>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as text,
      current_setting('server_encoding') as encoding`;
  if (row!.version < SERVER_VERSION_MIN) {
    throw new CannotStart(`LOGS_DATABASE_URL: expected PostgreSQL 15 or newer, got ${row!.text}`);
  }
  if (row!.encoding !== 'UTF8') {
    throw new CannotStart(`LOGS_DATABASE_URL: expected a database in encoding UTF8, got ${row!.encoding}`);
  }
}

/** The number of the last migration that ran; 0 when none has. */
export async function schemaVersion(sql: Sql): Promise<number> {
  const [there] = await sql<{ exists: boolean }[]>`select to_regclass('weir_migrations') is not null as exists`;
  if (!there!.exists) return 0;
  const [row] = await sql<{ version: number }[]>`select coalesce(max(version), 0) as version from weir_migrations`;
  return row!.version;
}

async function runOne(sql: Sql, { version, name }: Migration): Promise<void> {
  if ((await schemaVersion(sql)) >= version) return;
  const statements = await readFile(new URL(name, FOLDER), 'utf8');
  const attempt = async (tx: Sql): Promise<true> => {
    // Without a limit: another server's migration may take long.
    await takeLock(tx, 'migrate');
    await setLockTimeout(tx);
    await tx`create table if not exists weir_migrations (
      version integer primary key, name text not null, applied_at timestamptz not null default now())`;
    const claimed = await tx`
      insert into weir_migrations (version, name) values (${version}, ${name}) on conflict do nothing returning version`;
    if (claimed.length > 0) await tx.unsafe(statements);
    return true;
  };
  if (await withLocks(() => inTransaction(sql, attempt), LOCK_ATTEMPTS)) return;
  throw new CannotStart(
    `LOGS_DATABASE_URL: expected the tables to be free for a moment, to bring the schema to version ${version}, got locks of other sessions in each of ${LOCK_ATTEMPTS} attempts: wait for a backup or a long transaction to end, then start again`,
  );
}

/** The address of a database without its password, for messages. */
export function shownUrl(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'an invalid URL';
  }
}
