import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import { compileMatch, type Match } from '../log/filter/match.ts';
import type { LogRecord } from '../log/record.ts';
import type { Subscriber } from './subscriber.ts';
import { liveEvents } from './tail-event.ts';

/** The live subscribers, by what they want. */
interface Channels {
  join(filter: Filter, subscriber: Subscriber): void;
  leave(filter: Filter, subscriber: Subscriber): void;
  /**
   * A committed batch: matched once for each distinct filter, whoever waits under it. They get the very same events, by
   * which what is made of an event (GraphQL's answer, its text) is known again and shared.
   */
  deliver(cursor: TailPosition, records: LogRecord[]): void;
  [Symbol.iterator](): Iterator<Subscriber>;
}

interface Channel {
  matches: Match;
  subscribers: Set<Subscriber>;
}

export function createChannels(): Channels {
  const channels = new Map<string, Channel>();
  const keyOf = (filter: Filter): string => JSON.stringify(filter);
  return {
    join(filter, subscriber) {
      const key = keyOf(filter);
      const channel = channels.get(key) ?? { matches: compileMatch(filter), subscribers: new Set() };
      channels.set(key, channel);
      channel.subscribers.add(subscriber);
    },
    leave(filter, subscriber) {
      const key = keyOf(filter);
      const channel = channels.get(key);
      channel?.subscribers.delete(subscriber);
      if (channel?.subscribers.size === 0) channels.delete(key);
    },
    deliver(cursor, records) {
      for (const { matches, subscribers } of channels.values()) {
        const events = liveEvents(cursor, records.filter(matches));
        for (const subscriber of subscribers) subscriber.offer(cursor, events);
      }
    },
    *[Symbol.iterator]() {
      for (const { subscribers } of channels.values()) yield* subscribers;
    },
  };
}
