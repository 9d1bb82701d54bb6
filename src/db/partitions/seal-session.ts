import { lockKey } from '../connection/advisory-lock.ts';
import { createClient, openClient } from '../connection/pg-client.ts';

/** The one session of a logs database that may seal. It holds the advisory lock `seal` until its connection ends. */
export interface SealSession extends AsyncDisposable {
  /** Runs one statement outside a transaction. Rejects when the connection is lost. */
  run(statement: string): Promise<void>;
}

/**
 * A build waits at most `lock_timeout` for a lock or for an old snapshot; the task tries again later. A build uses one
 * processor and leaves the others to writers and readers.
 */
const SETTINGS = `
  set lock_timeout = '10min';
  set statement_timeout = 0;
  set max_parallel_maintenance_workers = 0;`;
/** Postgres then stops a build whose client is gone. Not supported on Windows: there the build runs to its end. */
const STOP_WHEN_CLIENT_IS_GONE = `set client_connection_check_interval = '1s'`;

/**
 * Null when another server is sealing. Does not wait for the lock: a waiting statement holds a snapshot, and the builds of the
 * other server would wait for that snapshot.
 */
export async function openSealSession(databaseUrl: string): Promise<SealSession | null> {
  const client = await createClient(databaseUrl, { application_name: 'weir sealer', keepAlive: true });
  // A lost connection rejects the running statement and every later one. The event needs a listener all the same.
  client.on('error', () => {});
  const close = (): Promise<void> => client.end().catch(() => {});
  try {
    await openClient(client);
    await client.query(SETTINGS);
    await client.query(STOP_WHEN_CLIENT_IS_GONE).catch(() => {});
    const { rows } = await client.query<{ granted: boolean }>(
      `select pg_try_advisory_lock(${lockKey('seal')}) as granted`,
    );
    if (rows[0]!.granted) {
      return {
        run: async (statement) => {
          await client.query(statement);
        },
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
