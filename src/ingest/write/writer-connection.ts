import type { Client } from 'pg';
import type { Logger } from 'pino';
import { GatheringSocket } from '../../db/connection/gathering-socket.ts';
import { createClient, openClient } from '../../db/connection/pg-client.ts';
import { sqlState } from '../../db/connection/sqlstate.ts';
import { WRITER_SESSION } from '../../db/write/insert-records.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';

/** A longer transaction is given up here: a Postgres that is stopped cannot enforce its own timeout. */
export const WRITE_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Postgres did not respond in time. Whether it committed is unknown. */
export class WriteTimeout extends Error {}

const writeTimeout = (): Error => new WriteTimeout(`expected a batch to be stored within ${WRITE_TIMEOUT_MS} ms`);

/** A writer's own connection. It opens when it is needed, and again after it was lost. */
interface WriterConnection {
  /**
   * Runs one transaction. If `work` fails with an error of Postgres, the transaction is rolled back; after any other error
   * the connection is dropped. @throws WriteTimeout, and what `work` throws
   */
  transact<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Drops the connection at once, also during a transaction. */
  close(): void;
}

export function createWriterConnection(databaseUrl: string, name: string, log: Logger): WriterConnection {
  let client: Client | undefined;
  let isClosed = false;

  async function connected(): Promise<Client> {
    if (client) return client;
    const opened = await createClient(databaseUrl, {
      stream: () => new GatheringSocket(),
      application_name: `weir ${name}`,
      statement_timeout: WRITE_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    if (isClosed) throw new Error('the connection was closed as it was opened');
    opened.on('error', (err) => {
      log.debug({ err }, 'a connection to the logs database was lost');
      drop(opened);
    });
    client = opened;
    try {
      await openClient(opened);
      await opened.query(WRITER_SESSION);
    } catch (error) {
      drop(opened);
      throw error;
    }
    return opened;
  }

  /** Destroys the socket, so that every query that waits on this client fails. */
  function drop(dropped: Client | undefined): void {
    if (!dropped) return;
    if (client === dropped) client = undefined;
    dropped.connection.stream.destroy();
  }

  async function run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const used = await connected();
    try {
      return await work(used);
    } catch (error) {
      // After an error of Postgres the connection is good. After any other error its state is unknown.
      if (!isOfPostgres(error)) throw error;
      await used.query('rollback');
      throw error;
    }
  }

  return {
    async transact(work) {
      try {
        return await withTimeLimit(run(work), WRITE_TIMEOUT_MS, writeTimeout);
      } catch (error) {
        if (!isOfPostgres(error)) drop(client);
        throw error;
      }
    },
    close() {
      isClosed = true;
      drop(client);
    },
  };
}

const isOfPostgres = (error: unknown): boolean =>
  sqlState(error) !== undefined || sqlState((error as Error).cause) !== undefined;
