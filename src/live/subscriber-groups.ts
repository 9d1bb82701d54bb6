import { plainRecord } from '../db/row/encoded-record.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import { compileMatch, type Match } from '../log/filter/match.ts';
import type { LogRecord } from '../log/record.ts';
import type { Subscriber } from './subscriber.ts';
import { liveEvents } from './tail-event.ts';

/** The live subscribers, grouped by filter. */
interface SubscriberGroups {
  join(filter: Filter, subscriber: Subscriber): void;
  leave(filter: Filter, subscriber: Subscriber): void;
  /**
   * Delivers a committed batch. Each distinct filter is matched once, and its subscribers share the same event objects. So
   * what is made of an event (the GraphQL result, its text) can be cached by the object and shared too.
   */
  deliver(cursor: TailPosition, records: LogRecord[]): void;
  [Symbol.iterator](): Iterator<Subscriber>;
}

interface Group {
  matches: Match;
  subscribers: Set<Subscriber>;
}

export function createSubscriberGroups(): SubscriberGroups {
  const groups = new Map<string, Group>();
  const keyOf = (filter: Filter): string => JSON.stringify(filter);
  return {
    join(filter, subscriber) {
      const key = keyOf(filter);
      const group = groups.get(key) ?? { matches: compileMatch(filter), subscribers: new Set() };
      groups.set(key, group);
      group.subscribers.add(subscriber);
    },
    leave(filter, subscriber) {
      const key = keyOf(filter);
      const group = groups.get(key);
      group?.subscribers.delete(subscriber);
      if (group?.subscribers.size === 0) groups.delete(key);
    },
    deliver(cursor, records) {
      for (const { matches, subscribers } of groups.values()) {
        // An event may wait for its reader, longer than the batch is in memory.
        const events = liveEvents(cursor, records.filter(matches).map(plainRecord));
        for (const subscriber of subscribers) subscriber.offer(cursor, events);
      }
    },
    *[Symbol.iterator]() {
      for (const { subscribers } of groups.values()) yield* subscribers;
    },
  };
}
