import { isWithin } from '../../timing/time-limit.ts';
import { type LockName, lockKey } from './advisory-lock.ts';
import { createClient, openClient } from './pg-client.ts';

/** A connection that holds an advisory lock until it ends, however that happens. */
export interface LockSession extends AsyncDisposable {
  /** Runs one statement outside a transaction. Rejects when the connection is lost. */
  run<Row = object>(statement: string): Promise<Row[]>;
}

/** Postgres then stops a statement whose client is gone. Not supported on Windows: there the statement runs to its end. */
const STOP_WHEN_CLIENT_IS_GONE = `set client_connection_check_interval = '1s'`;

/** A connection whose other end is gone is dropped after this time. */
const CLOSE_MS = 1000;

interface SessionOptions {
  lock: LockName;
  /** `application_name`. */
  name: string;
  /** Statements that set what the session needs. */
  settings: string;
}

/** Null when another session holds the lock: does not wait for it, because a waiting statement holds a snapshot. */
export async function openLockSession(
  databaseUrl: string,
  { lock, name, settings }: SessionOptions,
): Promise<LockSession | null> {
  const client = await createClient(databaseUrl, { application_name: name, keepAlive: true });
  // A lost connection rejects the running statement and every later one. The event needs a listener all the same.
  client.on('error', () => {});
  const close = async (): Promise<void> => {
    if (!(await isWithin(client.end(), CLOSE_MS))) client.connection.stream.destroy();
  };
  try {
    await openClient(client);
    await client.query(settings);
    await client.query(STOP_WHEN_CLIENT_IS_GONE).catch(() => {});
    const { rows } = await client.query<{ granted: boolean }>(
      `select pg_try_advisory_lock(${lockKey(lock)}) as granted`,
    );
    if (rows[0]!.granted) {
      return {
        run: async (statement) => (await client.query(statement)).rows as never,
        [Symbol.asyncDispose]: close,
      };
    }
  } catch (error) {
    await close();
    throw error;
  }
  await close();
  return null;
}
