import { Client } from 'pg';
import { CONNECT_TIMEOUT_SECONDS } from '../connection/client.ts';

/** The one session on a logs database that may seal: it ends with its connection, and with it the right. */
export interface SealSession extends AsyncDisposable {
  /** One statement, not in a transaction. Fails where the connection is gone. */
  run(statement: string): Promise<void>;
}

/**
 * A build that waits longer for a lock, or for somebody's old snapshot, is given up and begun again later. One processor
 * is enough for a build: the others are for senders and readers.
 */
const SESSION = `
  set lock_timeout = '10min';
  set statement_timeout = 0;
  set max_parallel_maintenance_workers = 0;`;
/** Postgres ends a build whose server is gone, where its system can tell (Windows cannot): else it builds to the end. */
const NOTICE_GONE = `set client_connection_check_interval = '1s'`;

/** Null where another server is sealing. Tries the lock rather than waiting: whoever waits holds a snapshot, for which builds wait. */
export async function openSealSession(databaseUrl: string): Promise<SealSession | null> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'weir sealer',
    connectionTimeoutMillis: CONNECT_TIMEOUT_SECONDS * 1000,
    keepAlive: true,
  });
  // The statement under way fails with it, and so does every later one.
  client.on('error', () => {});
  const close = (): Promise<void> => client.end().catch(() => {});
  try {
    await client.connect();
    await client.query(SESSION);
    await client.query(NOTICE_GONE).catch(() => {});
    const { rows } = await client.query<{ granted: boolean }>(
      `select pg_try_advisory_lock(hashtext('weir'), hashtext('seal')) as granted`,
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
