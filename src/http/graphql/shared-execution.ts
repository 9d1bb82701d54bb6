import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, print } from 'graphql';
import type { TailPosition } from '../../log/cursor.ts';
import { type Context, contextOfEvent } from '../../resolvers/context.ts';
import { type ActiveCount, createActiveCount } from '../active-count.ts';
import { withHints } from './hints.ts';

type Result = ExecutionResult | Promise<ExecutionResult>;
type Results = AsyncIterableIterator<ExecutionResult>;

/** What subscriptions with the same key share. */
interface Shared {
  /** The result of each event, kept while any subscription holds the event. */
  results: WeakMap<object, Result>;
  subscriptions: ActiveCount;
}

/** Where a tail continues after a result: the cursor of the result's event. A copy of the result has it too, its JSON has not. */
const CURSOR = Symbol('cursor');

type TailResult = ExecutionResult & { [CURSOR]?: TailPosition };

export const cursorOf = (result: ExecutionResult): TailPosition | undefined => (result as TailResult)[CURSOR];

/**
 * graphql-js' `subscribe`, but each event is executed once for all subscriptions that have the same caller key, document and
 * variables: they get the same result object. Subscriptions of different callers never share, because a result may depend on
 * the caller's rights. The first result of a subscription has its hints. An event object that only one subscription has (in a replay, or with `skipped`) is executed for it alone.
 */
export function createSharedSubscribe(): (args: ExecutionArgs) => Promise<Results | ExecutionResult> {
  const running = new Map<string, Shared>();

  function join(key: string): { results: Shared['results']; leave: () => void } {
    const shared = running.get(key) ?? { results: new WeakMap(), subscriptions: createActiveCount() };
    running.set(key, shared);
    const leave = shared.subscriptions.enter();
    return {
      results: shared.results,
      leave: () => {
        leave();
        if (shared.subscriptions.count === 0 && running.get(key) === shared) running.delete(key);
      },
    };
  }

  return async (args) => {
    const context = args.contextValue as Context;
    context.operationKey = operationKey(context, args);
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const { results, leave } = join(context.operationKey);
    let hints: readonly string[] = context.hints;
    const resultOf = async (event: object): Promise<ExecutionResult> => {
      const result = withHints(await executeOnce(results, event, args), hints);
      hints = [];
      return result;
    };
    return resultsOf(source as AsyncIterable<object>, resultOf, { inTail: context.inTail, leave });
  };
}

const operationKey = ({ caller }: Context, { document, operationName, variableValues }: ExecutionArgs): string =>
  JSON.stringify([
    caller.key,
    document.loc?.source.body ?? print(document),
    operationName ?? null,
    variableValues ?? {},
  ]);

function executeOnce(results: Shared['results'], event: object, args: ExecutionArgs): Result {
  const known = results.get(event);
  if (known) return known;
  const contextValue = contextOfEvent(args.contextValue as Context);
  const result = execute({ ...args, rootValue: event, contextValue }) as Result;
  results.set(event, result);
  return result;
}

/** Not a generator: the `return` of a generator would wait for the next event. */
function resultsOf(
  source: AsyncIterable<object>,
  resultOf: (event: object) => Result,
  { inTail, leave }: { inTail: boolean; leave: () => void },
): Results {
  const events = source[Symbol.asyncIterator]();
  const done = { done: true as const, value: undefined };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const event = await events.next();
        if (!event.done) {
          const result = await resultOf(event.value);
          if (inTail) (result as TailResult)[CURSOR] = (event.value as { cursor: TailPosition }).cursor;
          return { done: false, value: result };
        }
      } catch (error) {
        leave();
        throw error;
      }
      leave();
      return done;
    },
    async return() {
      leave();
      await events.return?.();
      return done;
    },
  };
}
