import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, print } from 'graphql';
import { type Context, contextOfEvent } from '../../resolvers/context.ts';
import { createHeadcount, type Headcount } from '../headcount.ts';

type Result = ExecutionResult | Promise<ExecutionResult>;
type Results = AsyncIterableIterator<ExecutionResult>;

/** Who shares: the answers to one event, for as long as anybody holds the event. */
interface Shared {
  answers: WeakMap<object, Result>;
  subscriptions: Headcount;
}

/**
 * graphql-js' `subscribe`, where the same document with the same variables is executed once for the same event: all of its
 * subscribers get one and the same result object. (Nobody has other rights than anybody else: they are no part of the key.)
 * An event that is a subscriber's own, as in a replay or where it tells what was skipped, is executed for it alone.
 */
export function createSharedSubscribe(): (args: ExecutionArgs) => Promise<Results | ExecutionResult> {
  const running = new Map<string, Shared>();

  function join(key: string): { answers: Shared['answers']; leave: () => void } {
    const { answers, subscriptions } = running.get(key) ?? { answers: new WeakMap(), subscriptions: createHeadcount() };
    running.set(key, { answers, subscriptions });
    const leave = subscriptions.enter();
    return {
      answers,
      leave: () => {
        leave();
        if (subscriptions.count === 0 && running.get(key)?.subscriptions === subscriptions) running.delete(key);
      },
    };
  }

  return async (args) => {
    const context = args.contextValue as Context;
    context.operationKey = operationKey(args);
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const { answers, leave } = join(context.operationKey);
    return answersTo(source as AsyncIterable<object>, (event) => answerOnce(answers, event, args), leave);
  };
}

const operationKey = ({ document, operationName, variableValues }: ExecutionArgs): string =>
  JSON.stringify([document.loc?.source.body ?? print(document), operationName ?? null, variableValues ?? {}]);

function answerOnce(answers: WeakMap<object, Result>, event: object, args: ExecutionArgs): Result {
  const known = answers.get(event);
  if (known) return known;
  const contextValue = contextOfEvent(args.contextValue as Context);
  const answer = execute({ ...args, rootValue: event, contextValue }) as Result;
  answers.set(event, answer);
  return answer;
}

/** No generator: its `return` would wait for the next event. */
function answersTo(source: AsyncIterable<object>, answer: (event: object) => Result, leave: () => void): Results {
  const events = source[Symbol.asyncIterator]();
  const done = { done: true as const, value: undefined };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const event = await events.next();
        if (!event.done) return { done: false, value: await answer(event.value) };
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
