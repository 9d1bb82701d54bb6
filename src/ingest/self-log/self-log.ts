import type { Logger } from 'pino';
import type { Registry } from '../../metrics/registry.ts';
import type { Batcher } from '../write/batcher.ts';
import type { Ingest } from '../write/ingest.ts';
import { type LoggedLine, readLine, recordsOf, SELF_LOG } from './logged-line.ts';

/** The component of the lines that say what happens to batches. */
const INGEST = 'ingest';

/** The bounds of what waits. Lines beyond them are dropped. */
const LINES_MAX = 1000;
const CHARACTERS_MAX = 1024 * 1024;
/** Lines are gathered for this long, so that a burst is one submission. */
const GATHER_MS = 250;
/** With more than this share of the batcher in use, records of senders have precedence. */
const BUSY_SHARE = 0.5;

export const DROPS = ['full', 'busy', 'failed', 'loop'] as const;
export type Drop = (typeof DROPS)[number];

interface SelfLogTarget {
  ingest: Ingest;
  batcher: Pick<Batcher, 'depth'>;
  /** INGEST_BUFFER_BYTES. */
  bufferBytesMax: number;
  /** The log of the server. */
  log: Logger;
}

/** Stores the lines of the server's own log as records (SELF_LOG). */
export interface SelfLog extends Disposable {
  /** Takes a line of the log. Never throws, and never waits. */
  take(line: string): void;
  /** Lines wait for this: the first ones are logged before records can be stored. */
  storeIn(target: SelfLogTarget): void;
  /** Submits what waits, because the server closes. Later lines are not stored. */
  end(): void;
}

/**
 * A line may be about the submission of earlier lines, and would then cause the next one, forever. So while a submission is under
 * way, lines about ingest are dropped, and lines of this module are never taken. Everything that is dropped is counted, and the next
 * submission has a record that says how many.
 */
export function createSelfLog(registry: Registry): SelfLog {
  const stored = registry.counter('weir_self_log_records_total');
  const dropped = new Map(DROPS.map((drop) => [drop, registry.counter('weir_self_log_dropped_total', drop)]));
  /** Drops that no record tells of yet. */
  let untold = new Map<Drop, number>();
  let waiting: LoggedLine[] = [];
  let characters = 0;
  let target: SelfLogTarget | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStoring = false;
  let isFailing = false;
  let hasEnded = false;

  function drop(reason: Drop, lines = 1): void {
    if (lines === 0) return;
    dropped.get(reason)!.value += lines;
    untold.set(reason, (untold.get(reason) ?? 0) + lines);
  }

  function schedule(): void {
    if (target && !isStoring && !hasEnded) timer ??= setTimeout(submit, GATHER_MS).unref();
  }

  /** Never rejects. */
  async function submit(): Promise<void> {
    timer = undefined;
    if (!target || waiting.length === 0) return;
    const { ingest, batcher, bufferBytesMax, log } = target;
    const lines = waiting;
    waiting = [];
    characters = 0;
    if (batcher.depth().bytes > BUSY_SHARE * bufferBytesMax) return drop('busy', lines.length);
    const telling = untold;
    untold = new Map();
    const { records, rejected } = recordsOf(lines, telling, ingest.arrival());
    drop('failed', rejected);
    isStoring = true;
    try {
      const result = await ingest.store({ records, rejected: [], idempotency: null });
      stored.value += result.accepted;
      drop('failed', result.rejected.length);
      if (isFailing) log.info('lines of this log are stored as records again');
      isFailing = false;
    } catch (err) {
      drop('failed', lines.length - rejected);
      for (const [reason, count] of telling) untold.set(reason, (untold.get(reason) ?? 0) + count);
      if (!isFailing) log.warn({ err }, 'lines of this log could not be stored as records');
      isFailing = true;
    } finally {
      isStoring = false;
      if (waiting.length > 0) schedule();
    }
  }

  return {
    take(line) {
      if (hasEnded) return;
      if (waiting.length >= LINES_MAX || characters + line.length > CHARACTERS_MAX) return drop('full');
      const read = readLine(line);
      if (!read || read.component === SELF_LOG) return;
      if (isStoring && read.component === INGEST) return drop('loop');
      waiting.push(read);
      characters += line.length;
      schedule();
    },
    storeIn(given) {
      target = { ...given, log: given.log.child({ component: SELF_LOG }) };
      if (waiting.length > 0) schedule();
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      void submit();
    },
    [Symbol.dispose]() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}
