import { Client } from 'pg';
import type { Logger } from 'pino';
import { CONNECT_TIMEOUT_SECONDS } from '../../db/connection/client.ts';
import { GatheringSocket } from '../../db/connection/gathering-socket.ts';
import { sqlState } from '../../db/connection/sqlstate.ts';
import { WRITER_SESSION } from '../../db/write/insert-records.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';

/** A transaction that takes longer is given up on this side: a stopped server answers no timeout of its own. */
export const WRITE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Postgres did not answer in time; whether it committed is not known. */
export class WriteTimeout extends Error {}

const writeTimeout = (): Error => new WriteTimeout(`expected the batch stored within ${WRITE_TIMEOUT_MS} ms`);

/** A writer's own connection, opened when it is needed and again after it was lost. */
interface Session {
  /** Runs one transaction. What it leaves open is rolled back. @throws WriteTimeout, and what `work` throws */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Ends the connection at once, whatever runs on it. */
  close(): void;
}

export function createSession(databaseUrl: string, name: string, log: Logger): Session {
  let client: Client | undefined;

  async function connected(): Promise<Client> {
    if (client) return client;
    const opened = new Client({
      connectionString: databaseUrl,
      stream: () => new GatheringSocket(),
      application_name: `weir ${name}`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_SECONDS * 1000,
      statement_timeout: WRITE_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    opened.on('error', (err) => {
      log.debug({ err }, 'a connection to the logs database was lost');
      drop(opened);
    });
    client = opened;
    try {
      await opened.connect();
      await opened.query(WRITER_SESSION);
    } catch (error) {
      drop(opened);
      throw error;
    }
    return opened;
  }

  /** A client that is used no more, whoever else is waiting on it. */
  function drop(dropped: Client | undefined): void {
    if (!dropped) return;
    if (client === dropped) client = undefined;
    dropped.connection.stream.destroy();
  }

  async function transact<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const used = await connected();
    try {
      return await work(used);
    } catch (error) {
      // An error of Postgres' own leaves the connection good; after any other nobody knows what it is in.
      if (sqlState(error) === undefined && sqlState((error as Error).cause) === undefined) throw error;
      await used.query('rollback');
      throw error;
    }
  }

  return {
    async use(work) {
      try {
        return await withTimeLimit(transact(work), WRITE_TIMEOUT_MS, writeTimeout);
      } catch (error) {
        if (sqlState(error) === undefined && sqlState((error as Error).cause) === undefined) drop(client);
        throw error;
      }
    },
    close: () => drop(client),
  };
}
