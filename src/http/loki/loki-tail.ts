import type { WebSocket } from 'ws';
import { BadUserInput, WeirError } from '../../errors.ts';
import type { Hub } from '../../live/hub.ts';
import type { TailEvent } from '../../live/tail-event.ts';
import { parseLogql } from '../../log/logql/parse-metric.ts';
import type { LogRecord } from '../../log/record.ts';
import { endOfNow, shift, type Timestamp } from '../../log/time.ts';
import type { Subscriptions } from '../graphql/subscriptions.ts';
import { LIMIT_CODES, type SocketLink } from '../websocket/socket-link.ts';
import type { SocketRoute } from '../websocket/socket-route.ts';
import { type LabelChoice, labelChoice, streamsOf, wantsCategories } from './log-query.ts';
import { LOKI_PREFIX, visibleTo } from './loki-routes.ts';
import { nanosOf, parametersOf } from './parameters.ts';
import { createPause, type Pause } from './pauses.ts';

/** Records from before the tail began, at most. */
const BACKFILL_MAX = 1000;
const BACKFILL_DEFAULT = 100;
const HOUR_MS = 3_600_000;
/** Seconds that Loki waits for lines that are late, at most. Here a line comes when it is stored. */
const DELAY_MAX = 5;
/** The code of a websocket for an error of the server. */
const INTERNAL_ERROR = 1011;
const CLOSE_REASON_MAX = 120;
const FULL = 'this server has as many subscriptions as SUBSCRIPTIONS_MAX allows';

interface LokiTailDeps {
  hub: Hub;
  subscriptions: Pick<Subscriptions, 'enter'>;
}

/** How the records of a tail become a message. */
interface Form {
  /** Of records from before the tail began, those that are older are left out. */
  since: Timestamp;
  isCategorized: boolean;
  labels: LabelChoice;
}

/**
 * `tail`: records as they are stored. A client that reads too slowly loses the oldest ones that wait for it, and is told how many
 * in `dropped_entries`.
 */
export function lokiTail({ hub, subscriptions }: LokiTailDeps): SocketRoute {
  return {
    path: `${LOKI_PREFIX}tail`,
    need: 'READ',
    open(search, header, caller) {
      const parameters = parametersOf(search);
      const text = parameters.text('query') ?? '';
      const query = parseLogql(text);
      if (query.kind !== 'log') throw new BadUserInput('query: expected a log query, got a metric query');
      const filter = visibleTo(caller, header('x-scope-orgid'))(query, text);
      const backfill = parameters.count('limit', BACKFILL_DEFAULT, BACKFILL_MAX);
      const delay = Number(parameters.text('delay_for') ?? 0);
      if (!(delay >= 0 && delay <= DELAY_MAX)) throw new BadUserInput(`delay_for: expected 0 to ${DELAY_MAX} seconds`);
      const form = {
        since: parameters.time('start', shift(endOfNow(), -HOUR_MS)),
        isCategorized: wantsCategories({ header }),
        labels: labelChoice(query),
      };
      return (socket, link) => {
        const leave = subscriptions.enter();
        if (!leave) return socket.close(LIMIT_CODES.tryAgainLater, FULL);
        const events = hub.subscribe({ filter, after: null, backfill, scoped: caller.scope !== null });
        socket.once('close', () => {
          leave();
          void events.return?.();
        });
        void sendAll(events, form, socket, link);
      };
    },
  };
}

/** Each message after the one before has left: what waits is in the bounded buffer of the subscriber. Never rejects. */
async function sendAll(
  events: AsyncIterableIterator<TailEvent>,
  form: Form,
  socket: WebSocket,
  { send }: SocketLink,
): Promise<void> {
  const pause = createPause(new AbortController().signal);
  try {
    for await (const event of events) {
      const message = await messageOf(event, form, pause);
      if (message !== undefined) await send(JSON.stringify(message));
    }
    socket.close(LIMIT_CODES.restart, 'the server is closing');
  } catch (error) {
    const reason = error instanceof WeirError ? error.message : 'Internal server error';
    socket.close(INTERNAL_ERROR, reason.slice(0, CLOSE_REASON_MAX));
  }
}

/** Undefined for an event that has nothing to say. */
async function messageOf(
  { records, skipped, live }: TailEvent,
  { since, isCategorized, labels }: Form,
  pause: Pause,
): Promise<object | undefined> {
  const found = live ? records : records.filter(({ timestamp }) => timestamp >= since);
  if (found.length === 0 && skipped === 0) return undefined;
  return {
    streams: await streamsOf(found, { isCategorized, labels }, pause),
    ...(skipped > 0 && { dropped_entries: droppedBefore(found, skipped) }),
    ...(isCategorized && { encodingFlags: ['categorize-labels'] }),
  };
}

/** One entry for all: which they were is not known any more. */
const droppedBefore = (records: readonly LogRecord[], skipped: number): object[] => [
  { timestamp: nanosOf(records[0]?.timestamp ?? endOfNow()), labels: { dropped: String(skipped) } },
];
