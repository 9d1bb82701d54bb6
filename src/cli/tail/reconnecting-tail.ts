import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFilterInput } from '../../log/filter/filter.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ApiError } from '../client/api.ts';
import { RECORD_FIELDS, type ShownRecord } from '../terminal/record-lines.ts';
import { isTemporary, subscribe } from './subscription.ts';

export interface TailBatch {
  logs: ShownRecord[];
  cursor: string;
  /** The number of records that were left out just before this batch. */
  skipped: number;
  live: boolean;
}

interface TailRequest {
  url: string;
  filter: LogFilterInput | undefined;
  after: string | undefined;
  backfill: number;
  stop: AbortSignal;
  /** Receives a sentence for people at each change of the connection. */
  say: (sentence: string) => void;
}

const TAIL = `subscription Tail($filter: LogFilter, $after: TailCursor, $backfill: Int!) {
  tail(filter: $filter, after: $after, backfill: $backfill) { cursor skipped live logs { ${RECORD_FIELDS} } }
}`;

const CURSOR_LOST = new Set(['CURSOR_EXPIRED', 'CURSOR_INVALID']);

/**
 * The batches of a tail, until `stop`. After a lost connection, or a restart of the server, it subscribes again after the
 * cursor of the last batch: no record is missing, none comes twice.
 *
 *     subscribe ── batches ──> lost or completed ── wait (BACKOFF.tailCommand) ──> subscribe after the last cursor
 *         └─ the first one failed: throw                                               └─ cursor expired: from now on
 *
 * Only the first subscription may fail, so that the user learns about a wrong URL or filter at once.
 * @throws ApiError the server rejects the subscription, and waiting cannot help
 * @throws ConnectionLost the first connection could not be made
 */
export async function* reconnectingTail({
  url,
  filter,
  backfill,
  stop,
  say,
  ...request
}: TailRequest): AsyncGenerator<TailBatch> {
  let after = request.after;
  let begun = false;
  let lost = false;
  let failures = 0;
  while (!stop.aborted) {
    const variables = { filter, after, backfill: begun ? 0 : backfill };
    try {
      for await (const { tail } of subscribe<{ tail: TailBatch }>(url, { query: TAIL, variables }, stop)) {
        if (lost) say('-- connected again --');
        begun = true;
        lost = false;
        failures = 0;
        after = tail.cursor;
        yield tail;
      }
    } catch (error) {
      if (!begun) throw error;
      if (error instanceof ApiError && CURSOR_LOST.has(error.code)) {
        say('-- the server no longer keeps the records since the connection was lost: continuing with new records --');
        after = undefined;
        continue;
      }
      if (!isTemporary(error)) throw error;
    }
    if (stop.aborted) return;
    if (!lost) say('-- connection lost, waiting --');
    lost = true;
    await sleep(backoffMs(failures++, BACKOFF.tailCommand), undefined, { signal: stop }).catch(() => {});
  }
}
