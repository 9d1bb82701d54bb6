import type { PendingQuery, Row } from 'postgres';
import { QueryCanceled } from '../../errors.ts';
import type { Sql } from './client.ts';

/**
 * A statement that is nearly done is left to end. Postgres cancels what a connection runs when the request to cancel
 * arrives, and that may by then be the statement of somebody else.
 */
const CANCEL_AFTER_MS = 100;

/**
 * The same pool for one who may leave: when `signal` is aborted, the statements under way are cancelled in Postgres, and
 * later ones fail with QueryCanceled before they are sent. Transactions too.
 */
export const cancellable = (sql: Sql, signal: AbortSignal): Sql =>
  new Proxy(sql, {
    apply(target, self, args) {
      const made: unknown = Reflect.apply(target, self, args);
      if (isQuery(made)) watch(made, signal);
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

/** As postgres.js makes it: `handler` is called when the statement is sent, never for a fragment of another one. */
type Query = PendingQuery<Row[]> & { handler(query: Query): unknown; reject(error: unknown): void };

const isQuery = (made: unknown): made is Query =>
  made instanceof Promise && typeof (made as Partial<Query>).cancel === 'function';

function watch(query: Query, signal: AbortSignal): void {
  const { handler } = query;
  query.handler = Object.assign((sent: Query) => {
    if (signal.aborted) return sent.reject(new QueryCanceled('whoever asked has left'));
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
