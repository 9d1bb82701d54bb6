import type { Sql } from './client.ts';
import { isQuery, type Query } from './operation.ts';
import type { Begin } from './transaction.ts';

/** Called with each statement that has ended, also with an error. */
export type ObserveStatement = (seconds: number) => void;

/** A pool whose statements are timed, from when they are sent to the pool to when they are settled, within transactions too. */
export function timed(sql: Sql, observe: ObserveStatement): Sql {
  let send: Query['handler'] | undefined;
  /** One for all statements of this pool: `operation.ts` keeps the handler of the first one. */
  function handler(query: Query): unknown {
    const startedAt = performance.now();
    const { resolve, reject } = query;
    query.resolve = (result) => {
      observe((performance.now() - startedAt) / 1000);
      resolve(result);
    };
    query.reject = (error) => {
      observe((performance.now() - startedAt) / 1000);
      reject(error);
    };
    return send!(query);
  }
  const watched = <T>(made: T): T => {
    if (isQuery(made)) {
      send ??= made.handler;
      made.handler = handler;
    }
    return made;
  };
  return new Proxy(sql, {
    apply: (target, self, args) => watched(Reflect.apply(target, self, args)),
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === 'unsafe') return (...args: never[]) => watched((value as Sql['unsafe'])(...(args as [never])));
      if (name !== 'begin' && name !== 'savepoint') return value;
      return (...args: unknown[]) => {
        const work = args.pop() as (tx: Sql) => unknown;
        return (value as Begin)(...args, (tx: Sql) => work(timed(tx, observe)));
      };
    },
  });
}
