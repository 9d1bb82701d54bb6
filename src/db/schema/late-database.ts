import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { connect, disconnect } from '../connection/client.ts';
import { tryMigrate } from './migrate.ts';

const STATEMENT_MS = 10_000;
/** Closing waits this long for an attempt that is under way. */
const CLOSE_MS = 1000;

/** A logs database that was away when the server started. */
export interface LateDatabase extends AsyncDisposable {
  /** Why it may not be used yet; null once it may. */
  readonly problem: string | null;
  /** Resolves when it may be used. */
  readonly came: Promise<void>;
}

interface LateDatabaseOptions {
  url: string;
  /** The `database_id` of the database that is expected. */
  databaseId: string;
  /** Why it is away. */
  problem: string;
  log: Logger;
  /** Called when the database is migrated, before it may be used. */
  onMigrated(): Promise<void>;
}

/**
 * Waits for a database, checks that it is the expected one, and migrates it. Nobody may write to it before: the spool has
 * records that were accepted for the expected one.
 */
export function awaitDatabase({ url, databaseId, log, onMigrated, ...given }: LateDatabaseOptions): LateDatabase {
  const closing = new AbortController();
  const { signal } = closing;
  const { promise: came, resolve } = Promise.withResolvers<void>();
  let problem: string | null = given.problem;

  async function tryOnce(): Promise<void> {
    const found = await readIdOf(url);
    if (found !== databaseId) {
      throw new Error(
        `expected the logs database ${databaseId}, which this server used before, got ${found ?? 'one without records of Weir'}: ` +
          'restart Weir if it shall use this one',
      );
    }
    await tryMigrate(url);
    await onMigrated();
  }

  async function wait(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      await sleep(backoffMs(failures, BACKOFF.lateDatabase), undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        await tryOnce();
        problem = null;
        log.info('the logs database is here');
        return resolve();
      } catch (error) {
        const reason = (error as Error).message || String((error as { code?: string }).code);
        if (reason !== problem) log.warn({ reason }, 'the logs database cannot be used yet: records go to the spool');
        problem = reason;
      }
    }
  }

  const done = wait();
  return {
    get problem() {
      return problem;
    },
    came,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.race([done, sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

/** The identity of the database at this URL, whatever address a server uses for it; undefined if no Weir has used it. */
export async function readIdOf(url: string): Promise<string | undefined> {
  const sql = connect(url, { max: 1, statementTimeoutMs: STATEMENT_MS });
  try {
    const [there] = await sql<{ exists: boolean }[]>`select to_regclass('weir_state') is not null as exists`;
    if (!there!.exists) return undefined;
    const [row] = await sql<{ id: string }[]>`select value #>> '{}' as id from weir_state where name = 'database_id'`;
    return row?.id;
  } finally {
    await disconnect(sql);
  }
}
