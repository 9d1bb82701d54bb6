import type { PendingQuery, Row } from 'postgres';
import { QueryCanceled } from '../../errors.ts';
import type { Sql } from './client.ts';

/**
 * How long a statement may still end normally. Postgres cancels whatever the connection runs when the cancel request arrives,
 * and by then that may be a statement of another client.
 */
const CANCEL_AFTER_MS = 100;

/**
 * The same pool for a client that may disconnect. When `signal` is aborted, running statements are cancelled in Postgres, and
 * later ones fail with QueryCanceled before they are sent. This includes transactions.
 */
export const cancellable = (sql: Sql, signal: AbortSignal): Sql =>
  new Proxy(sql, {
    apply(target, self, args) {
      const made: unknown = Reflect.apply(target, self, args);
      if (isQuery(made)) cancelOnAbort(made, signal);
      return made;
    },
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'begin' && name !== 'savepoint') return value;
      return (...args: unknown[]) => {
        const work = args.pop() as (tx: Sql) => unknown;
        return (value as (...args: unknown[]) => unknown)(...args, (tx: Sql) => work(cancellable(tx, signal)));
      };
    },
  });

/** A query of postgres.js. Its `handler` is called when the statement is sent; for a fragment it is never called. */
type Query = PendingQuery<Row[]> & { handler(query: Query): unknown; reject(error: unknown): void };

const isQuery = (made: unknown): made is Query =>
  made instanceof Promise && typeof (made as Partial<Query>).cancel === 'function';

function cancelOnAbort(query: Query, signal: AbortSignal): void {
  const { handler } = query;
  query.handler = Object.assign((sent: Query) => {
    if (signal.aborted) return sent.reject(new QueryCanceled('the client has disconnected'));
    let timer: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      timer = setTimeout(() => Promise.resolve(sent.cancel()).catch(() => {}), CANCEL_AFTER_MS);
    };
    const settled = (): void => {
      signal.removeEventListener('abort', cancel);
      clearTimeout(timer);
    };
    signal.addEventListener('abort', cancel, { once: true });
    sent.then(settled, settled);
    return handler(sent);
  }, handler);
}
