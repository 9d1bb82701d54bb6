import { type ReadonlySignal, signal } from '@preact/signals';
import { LiveRecordsDocument } from '../../../api/documents.ts';
import { follow } from '../../../api/follow.ts';
import { needsOf } from '../../../text/columns.ts';
import type { RecordLoader } from './record-loader.ts';
import type { Question } from './record-pages.ts';
import { type Row, rowOf } from './row.ts';
import type { Scroll } from './scroll.ts';

/** New records that wait to be shown. Beyond them only their number is kept, and the list is read anew to show them. */
const WAITING_MAX = 1000;
/** Records that are replayed after a lost connection. Beyond them the list is read anew: that is faster. */
const REPLAYED_MAX = 5000;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5000;

/** Errors of a server that may work again soon. */
const TEMPORARY = new Set(['OFFLINE', 'DATABASE_UNAVAILABLE', 'OVERLOADED', 'QUERY_TIMEOUT', 'INTERNAL']);
const CURSOR_LOST = new Set(['CURSOR_EXPIRED', 'CURSOR_INVALID']);

export interface Live {
  /** Records that came in and are not shown, because the reader is somewhere else in the list. */
  waiting: ReadonlySignal<number>;
  /** Records that the server left out, because this browser was too slow. */
  skipped: ReadonlySignal<number>;
  /** Why nothing comes in now; `isOver`: it is not tried again. */
  trouble: ReadonlySignal<{ message: string; isOver: boolean } | null>;
  /** Counts up when new records are in the list. */
  shown: ReadonlySignal<number>;
  start: (question: Question) => void;
  /** What comes in from now on has what other columns need. */
  changeColumns: (columns: readonly string[]) => void;
  stop: () => void;
  /** Shows what waits. */
  show: () => void;
  /** Reads the list anew, with all that is stored by now, and follows from there. */
  restart: () => void;
}

/**
 * Follows the records that match, and adds them to the list, at most once in a frame.
 *
 *     restart ── tail from now, first batch ── list read anew ── batches are added to it
 *        ^                                                             │ connection lost: wait, then
 *        ├── the cursor is no longer known; too much to replay ────────┤ tail after the last cursor
 *        └── too many records wait, and are to be shown ───────────────┘
 *
 * The list is read after the first batch: what was stored before it is in the list, and all else comes. A record that is in both is
 * shown once (`withNew`).
 */
export function createLive(loader: RecordLoader, isHeld: () => boolean, keepPlace: Scroll['keepPlace']): Live {
  const waiting = signal(0);
  const skipped = signal(0);
  const trouble = signal<{ message: string; isOver: boolean } | null>(null);
  const shown = signal(0);
  let question: Question | null = null;
  let rows: Row[] = [];
  /** Also those that were too many to be kept. */
  let received = 0;
  let cursor: string | undefined;
  let replayed = 0;
  let failures = 0;
  /** Whether the list has all that was stored before the cursor. */
  let isListed = false;
  let unfollow = (): void => {};
  let retry: ReturnType<typeof setTimeout> | undefined;
  let reread: ReturnType<typeof setTimeout> | undefined;
  /** Counts up when all begins anew. */
  let begun = 0;
  let frame = 0;

  function subscribe(): void {
    clearTimeout(retry);
    unfollow();
    if (question === null) return;
    const { filter, columns } = question;
    let isOver = false;
    replayed = 0;
    const variables = { filter, after: cursor ?? null, ...needsOf(columns) };
    const end = follow(LiveRecordsDocument, variables, {
      onData: ({ tail }) => {
        if (!isOver) take(tail, columns);
      },
      onEnd: (reason, code) => {
        if (isOver) return;
        isOver = true;
        lose(reason, code);
      },
    });
    unfollow = () => {
      isOver = true;
      end();
    };
  }

  interface Batch {
    logs: Parameters<typeof rowOf>[0][];
    cursor: string;
    skipped: number;
    live: boolean;
  }

  function take(batch: Batch, columns: readonly string[]): void {
    const isFirst = cursor === undefined;
    cursor = batch.cursor;
    failures = 0;
    trouble.value = null;
    skipped.value += batch.skipped;
    if (!batch.live) replayed += batch.logs.length;
    if (replayed > REPLAYED_MAX) {
      restart();
      return;
    }
    received += batch.logs.length;
    if (received > WAITING_MAX) rows = [];
    else for (const record of batch.logs) rows.push(rowOf(record, columns));
    if (isFirst) void readList();
    if (batch.logs.length > 0) frame ||= requestAnimationFrame(flush);
  }

  async function readList(): Promise<void> {
    const at = begun;
    const place = keepPlace();
    const isDone = await loader.startAt(place.at);
    if (at !== begun || question === null) return;
    if (isDone) {
      isListed = true;
      shown.value += 1;
      place.after();
    } else reread = setTimeout(() => void readList(), isDone === null ? RETRY_FIRST_MS : RETRY_MAX_MS);
    flush();
  }

  function flush(): void {
    frame = 0;
    if (question === null || received === 0) return;
    // A list that is on its way replaces this one: what is added now would be lost.
    if (!isListed || loader.loading.peek()) frame = requestAnimationFrame(flush);
    else if (isHeld()) waiting.value = received;
    else show();
  }

  function show(): void {
    if (received > WAITING_MAX) restart();
    else {
      loader.add(rows);
      shown.value += 1;
      forget();
    }
  }

  function forget(): void {
    rows = [];
    received = 0;
    waiting.value = 0;
  }

  function restart(): void {
    begun += 1;
    clearTimeout(reread);
    forget();
    skipped.value = 0;
    cursor = undefined;
    isListed = false;
    subscribe();
  }

  function lose(reason: string | null, code: string | null): void {
    if (code !== null && CURSOR_LOST.has(code)) {
      restart();
      return;
    }
    if (code !== null && !TEMPORARY.has(code)) {
      trouble.value = { message: reason ?? 'The server ended it.', isOver: true };
      return;
    }
    trouble.value = { message: 'Connection lost, trying again', isOver: false };
    const delay = Math.min(RETRY_FIRST_MS * 2 ** failures++, RETRY_MAX_MS);
    retry = setTimeout(subscribe, delay * (0.5 + Math.random() / 2));
  }

  const onOnline = (): void => {
    if (trouble.peek()?.isOver === false) subscribe();
  };

  function stop(): void {
    question = null;
    begun += 1;
    clearTimeout(retry);
    clearTimeout(reread);
    cancelAnimationFrame(frame);
    frame = 0;
    unfollow();
    forget();
    skipped.value = 0;
    trouble.value = null;
    removeEventListener('online', onOnline);
  }

  return {
    waiting,
    skipped,
    trouble,
    shown,
    start(next) {
      stop();
      question = next;
      addEventListener('online', onOnline);
      restart();
    },
    changeColumns(columns) {
      if (question === null || columns === question.columns) return;
      question = { ...question, columns };
      subscribe();
    },
    stop,
    show,
    restart,
  };
}
