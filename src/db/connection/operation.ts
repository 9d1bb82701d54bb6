import type { PendingQuery, Row } from 'postgres';
import { ARCHIVE, type ArchiveQuestion, type ArchiveStore } from './archive-link.ts';
import type { Sql } from './client.ts';
import { createOperationLimits, type OperationLimits, type Work } from './operation-limits.ts';
import type { RowsLimit } from './rows-limit.ts';
import type { Begin } from './transaction.ts';
import type { OperationTurns, Turns } from './turns.ts';

interface OperationOptions {
  /** Who asks. Clients get turns one after the other. */
  client: string;
  /** Aborted when the client has gone. */
  gone?: AbortSignal;
  /**
   * Rows beyond it are dropped as they come. The statement goes on: it may have ended in Postgres by then, and to cancel it would
   * end the next one of its connection.
   */
  rows?: RowsLimit | undefined;
}

/** Opens the reads of one operation: the pool, with a deadline and in fair turns. */
export type OpenOperation = (options: OperationOptions) => Sql;

/**
 * The pool of `sql` for operations of many clients. The deadline of an operation is `timeoutMs` after its first statement, for
 * all its statements, transactions and waits together. When it is reached, or `gone` is aborted, statements that wait are not
 * sent, running ones are cancelled in Postgres, and later ones fail before they are sent.
 *
 * A connection runs one statement at a time: postgres.js would queue a second one behind a slow first one.
 */
export const createOperations =
  (sql: Sql, turns: Turns, timeoutMs: number): OpenOperation =>
  ({ client, gone, rows }) => {
    const limits = createOperationLimits(timeoutMs, gone);
    return inTurns(sql, turns.operationOf(client), limits, rows);
  };

/** A query of postgres.js. Its `handler` sends it; for a fragment it is never called. The connection settles it. */
export type Query = PendingQuery<Row[]> & {
  handler(query: Query): unknown;
  /** Called with each row that comes, instead of adding it to the result. */
  forEachFn?: (row: Row, result: Row[]) => void;
  /** Set once the statement belongs to a connection. */
  state: object | null;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};

export const isQuery = (made: unknown): made is Query =>
  made instanceof Promise && typeof (made as Partial<Query>).cancel === 'function';

/** `turns` is null within a transaction, which has its turn. */
function inTurns(sql: Sql, turns: OperationTurns | null, limits: OperationLimits, rows: RowsLimit | undefined): Sql {
  let send: Query['handler'] | undefined;
  const handler = (query: Query): void => {
    if (rows) query.forEachFn = rows.take;
    runQuery(query, send!, turns, limits);
  };
  return new Proxy(sql, {
    apply(target, self, args) {
      const made: unknown = Reflect.apply(target, self, args);
      if (isQuery(made)) {
        send ??= made.handler;
        made.handler = handler;
      }
      return made;
    },
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === ARCHIVE && value) return limitedArchive(value as ArchiveStore, limits, rows);
      if (name !== 'begin' && name !== 'savepoint') return value;
      return (...args: unknown[]) => {
        const work = args.pop() as (tx: Sql) => unknown;
        const begin = (): Promise<unknown> =>
          (value as Begin)(...args, (tx: Sql) => work(inTurns(tx, null, limits, rows)));
        return turns ? runTransaction(begin, turns, limits) : begin();
      };
    },
  });
}

/** Sends a statement at its turn. The turn ends when the connection has settled it, which may be after its caller got an error. */
function runQuery(query: Query, send: Query['handler'], turns: OperationTurns | null, limits: OperationLimits): void {
  const { resolve, reject } = query;
  const start = (): void => {
    work.isWaiting = false;
    send(query);
  };
  const work: Work = {
    isWaiting: true,
    fail(error) {
      limits.leave(work);
      if (!work.isWaiting) cancel(query);
      else turns?.withdraw(start);
      reject(error);
    },
  };
  if (!limits.enter(work)) return;
  const settled = (): void => {
    query.resolve = resolve;
    query.reject = reject;
    limits.leave(work);
    // Later: postgres.js settles a statement before its connection is free, and would queue the next one behind another.
    if (turns) queueMicrotask(turns.done);
  };
  query.resolve = (result) => {
    settled();
    resolve(result);
  };
  query.reject = (error) => {
    settled();
    reject(error);
  };
  try {
    if (turns) turns.ask(start);
    else start();
  } catch (error) {
    limits.leave(work);
    reject(error);
  }
}

/** A statement that no connection has yet is left to its turn: postgres.js loses a connection whose first statement is cancelled. */
function cancel(query: Query): void {
  if (query.state) Promise.resolve(query.cancel()).catch(() => {});
}

/** Begins a transaction at its turn. After the deadline its caller does not wait for the rollback, but its turn does. */
function runTransaction(
  begin: () => Promise<unknown>,
  turns: OperationTurns,
  limits: OperationLimits,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const start = (): void => {
      work.isWaiting = false;
      const done = begin();
      const ended = (): void => {
        limits.leave(work);
        turns.done();
      };
      done.then(ended, ended);
      done.then(resolve, reject);
    };
    const work: Work = {
      isWaiting: true,
      fail(error) {
        limits.leave(work);
        if (work.isWaiting) turns.withdraw(start);
        reject(error);
      },
    };
    if (!limits.enter(work)) return;
    try {
      turns.ask(start);
    } catch (error) {
      limits.leave(work);
      reject(error);
    }
  });
}

/** The archive within the limits of an operation. */
const limitedArchive = (archive: ArchiveStore, limits: OperationLimits, rows: RowsLimit | undefined): ArchiveStore => ({
  ...archive,
  mayHold: archive.mayHold,
  async ask(question) {
    const found = await askInLimits(archive, question, limits);
    if (!rows) return found;
    const kept: Row[] = [];
    for (const row of found) rows.take(row, kept);
    return kept;
  },
});

function askInLimits(archive: ArchiveStore, question: ArchiveQuestion, limits: OperationLimits): Promise<object[]> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const work: Work = {
      isWaiting: false,
      fail(error) {
        limits.leave(work);
        stop.abort();
        reject(error);
      },
    };
    if (!limits.enter(work)) return;
    archive.ask(question, stop.signal).then(
      (found) => {
        limits.leave(work);
        resolve(found);
      },
      (error) => {
        limits.leave(work);
        reject(error);
      },
    );
  });
}
