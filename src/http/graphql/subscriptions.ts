import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Overloaded, type WeirError } from '../../errors.ts';
import type { Context } from '../../resolvers/context.ts';
import { createActiveCount } from '../active-count.ts';
import { untilKeyEnds } from './ended-key.ts';
import { createSharedSubscribe } from './shared-execution.ts';

/** All subscriptions of this server, over websockets and as event streams. */
export interface Subscriptions {
  readonly count: number;
  readonly isFull: boolean;
  /** Counts one of another protocol, until the result is called. Undefined where there are as many as may be. */
  enter(): (() => void) | undefined;
  /** Ends the source of every subscription, because the server closes. */
  end(): Promise<void>;
  plugin: Plugin;
}

type Results = AsyncIterableIterator<ExecutionResult>;

interface SubscriptionsDeps {
  max: number;
  mapError: (error: WeirError) => Error;
}

export function createSubscriptions({ max, mapError }: SubscriptionsDeps): Subscriptions {
  const subscribe = createSharedSubscribe();
  const running = new Set<Results>();
  /** Includes subscriptions that are still being opened. */
  const all = createActiveCount();

  async function open(args: ExecutionArgs): Promise<Results | ExecutionResult> {
    if (all.count >= max) {
      return { errors: [mapError(new Overloaded(`expected at most ${max} subscriptions on this server`))] as never };
    }
    const leave = all.enter();
    try {
      const results = await subscribe(args);
      if (Symbol.asyncIterator in results) {
        const { end } = (args.contextValue as Context).caller;
        return counted(end ? untilKeyEnds(results, end, mapError) : results, leave);
      }
      leave();
      return results;
    } catch (error) {
      leave();
      throw error;
    }
  }

  function counted(results: Results, leaveAll: () => void): Results {
    const leave = (): void => {
      running.delete(subscription);
      leaveAll();
    };
    const subscription: Results = {
      [Symbol.asyncIterator]: () => subscription,
      async next() {
        try {
          const result = await results.next();
          if (result.done) leave();
          return result;
        } catch (error) {
          leave();
          throw error;
        }
      },
      async return() {
        leave();
        return results.return!();
      },
    };
    running.add(subscription);
    return subscription;
  }

  return {
    get count() {
      return all.count;
    },
    get isFull() {
      return all.count >= max;
    },
    enter: () => (all.count >= max ? undefined : all.enter()),
    async end() {
      await Promise.all(Array.from(running, (subscription) => subscription.return!()));
    },
    plugin: { onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(open as never) },
  };
}
