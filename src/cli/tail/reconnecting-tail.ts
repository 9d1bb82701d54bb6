import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFilterInput } from '../../log/filter/filter.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ApiError } from '../client/api.ts';
import { RECORD_FIELDS, type ShownRecord } from '../terminal/record-lines.ts';
import { ConnectionLost, subscribe } from './subscription.ts';

export interface TailBatch {
  logs: ShownRecord[];
  cursor: string;
  /** Records left out just before this batch. */
  skipped: number;
  live: boolean;
}

interface FollowRequest {
  url: string;
  filter: LogFilterInput | undefined;
  after: string | undefined;
  backfill: number;
  stop: AbortSignal;
  /** Told each change of the connection, as a sentence for people. */
  say: (sentence: string) => void;
}

const TAIL = `subscription Tail($filter: LogFilter, $after: TailCursor, $backfill: Int!) {
  tail(filter: $filter, after: $after, backfill: $backfill) { cursor skipped live logs { ${RECORD_FIELDS} } }
}`;

/** Answers of a server that may be well again soon. */
const PASSING = new Set(['DATABASE_UNAVAILABLE', 'OVERLOADED', 'INTERNAL']);
const CURSOR_GONE = new Set(['CURSOR_EXPIRED', 'CURSOR_INVALID']);

/**
 * A tail that outlives connections and servers, until `stop`: each subscription goes on after the last batch that was
 * taken, so that nothing is missed and nothing comes twice. Only the very first subscription may fail: a wrong URL or
 * filter is told at once.
 * @throws ApiError a refusal that waiting cannot mend
 * @throws ConnectionLost the first connection could not be made
 */
export async function* follow({
  url,
  filter,
  backfill,
  stop,
  say,
  ...request
}: FollowRequest): AsyncGenerator<TailBatch> {
  let after = request.after;
  let begun = false;
  let lost = false;
  let failures = 0;
  while (!stop.aborted) {
    const variables = { filter, after, backfill: begun ? 0 : backfill };
    try {
      for await (const { tail } of subscribe<{ tail: TailBatch }>(url, { query: TAIL, variables }, stop)) {
        if (lost) say('-- back --');
        begun = true;
        lost = false;
        failures = 0;
        after = tail.cursor;
        yield tail;
      }
    } catch (error) {
      if (!begun) throw error;
      if (error instanceof ApiError && CURSOR_GONE.has(error.code)) {
        say('-- what came meanwhile is no longer kept: going on with what comes from now --');
        after = undefined;
        continue;
      }
      if (!isPassing(error)) throw error;
    }
    if (stop.aborted) return;
    if (!lost) say('-- connection lost, waiting --');
    lost = true;
    await sleep(backoffMs(failures++, BACKOFF.tailCommand), undefined, { signal: stop }).catch(() => {});
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ConnectionLost || (error instanceof ApiError && PASSING.has(error.code));
