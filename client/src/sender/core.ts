import { backoffMs } from './backoff.ts';
import { type Batch, newBatch, prepare } from './batch.ts';
import { createBatchBuffer } from './batch-buffer.ts';
import { createDropped, type DropReason } from './dropped.ts';
import { countLines, withField } from './lines.ts';
import type { Settings } from './options.ts';
import { createPost } from './post.ts';
import { createProblems, type OnProblem } from './problems.ts';
import { openSpool } from './spool/spool.ts';
import { judgeFailure, type Verdict } from './verdict.ts';

/**
 * Sends lines to the server, in batches: the core of every transport. It never throws, and its memory is bounded.
 *
 *     write -> open batch -> waiting batches -> request -> stored
 *              1 s, 1 MiB    |  2 s, or memory is full        ^
 *                            '--------> spool on disk --------'
 *
 * One request runs at a time. Batches in memory and in the spool take turns. What neither can hold is dropped, counted, and
 * told to the server as a record.
 */
export interface Core {
  /** Whole lines, each with its newline. `urgent`: they are sent at once. */
  write(lines: Buffer, urgent: boolean): void;
  /** Resolves when everything written before is stored, in the spool or dropped; at the latest after `closeTimeoutMs`. */
  flush(): Promise<void>;
  /** As `flush`. What is not stored then is written to the spool. */
  close(): Promise<void>;
  /** Writes everything to the spool, synchronously: the process ends. */
  closeSync(): void;
}

export function createCore(settings: Settings, onAnyProblem?: OnProblem): Core {
  const onProblem = createProblems(onAnyProblem);
  if (settings.mistakes.length > 0) onProblem({ code: 'OPTIONS', message: settings.mistakes.join('. ') });
  return settings.url ? createSendingCore(settings, settings.url, onProblem) : IDLE;
}

/** Without an address. */
const IDLE: Core = { write() {}, async flush() {}, async close() {}, closeSync() {} };

function createSendingCore(settings: Settings, url: URL, onProblem: OnProblem): Core {
  const { batchBytesMax, flushAfterMs, spoolAfterMs, memoryBytesMax, closeTimeoutMs, query } = settings;
  const post = createPost(url, settings.key, settings.requestTimeoutMs);
  const dropped = createDropped();
  const buffer = createBatchBuffer({ batchBytesMax, bytesMax: memoryBytesMax, query });
  const spool = openSpool({
    folder: settings.spoolFolder,
    bytesMax: settings.spoolBytesMax,
    batchBytesMax,
    onProblem,
    onFound: () => setImmediate(send),
  });

  let inRequest: Batch | undefined;
  let sealTimer: NodeJS.Timeout | undefined;
  let spoolTimer: NodeJS.Timeout | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  let failures = 0;
  let isOpenUrgent = false;
  let isSpoolsTurn = false;
  let isClosing = false;
  let isClosed = false;
  const onSettled: (() => void)[] = [];

  function drop(reason: DropReason, records: number, message: string): void {
    if (records === 0) return;
    dropped.add(reason, records);
    onProblem({ code: 'DROPPED', message: `${records} records were dropped: ${message}` });
  }

  function write(lines: Buffer, urgent: boolean): void {
    if (isClosed) drop('not_sent', countLines(lines), 'the sender is closed');
    else add(lines, urgent);
  }

  function add(lines: Buffer, urgent: boolean): void {
    const left = buffer.add(lines, spoolOldest);
    if (left.length > 0) {
      const records = left.reduce((sum, piece) => sum + countLines(piece), 0);
      drop('buffer_full', records, `more than ${memoryBytesMax} bytes wait in memory, and the spool takes no more`);
    }
    isOpenUrgent ||= urgent;
    if (isOpenUrgent && isFree()) sealAndSend();
    else if (buffer.hasOpen) sealTimer ??= setTimeout(sealAndSend, flushAfterMs).unref();
    // Full batches do not wait for the open one.
    if (buffer.waiting.length > 0) {
      watchOverdue();
      void send();
    }
  }

  const isFree = (): boolean => !inRequest && !retryTimer;

  function seal(): void {
    clearTimeout(sealTimer);
    sealTimer = undefined;
    isOpenUrgent = false;
    buffer.seal();
    watchOverdue();
  }

  function sealAndSend(): void {
    seal();
    void send();
  }

  /** False if no batch waits, or the spool takes no more. */
  function spoolOldest(): boolean {
    const oldest = buffer.waiting[0];
    if (!oldest || !spool.append(oldest)) return false;
    buffer.release(buffer.take()!);
    return true;
  }

  const isOnlyInMemory = (batch: Batch | undefined): batch is Batch => batch?.frames.length === 0;

  function watchOverdue(): void {
    const oldest = isOnlyInMemory(inRequest) ? inRequest : buffer.waiting[0];
    if (!oldest || spoolTimer) return;
    const leftMs = oldest.sealedAt + spoolAfterMs - performance.now();
    // Already overdue: the spool did not take it.
    spoolTimer = setTimeout(spoolOverdue, leftMs > 0 ? leftMs : spoolAfterMs).unref();
  }

  /** Writes to the spool what the server has had enough time to acknowledge, also the batch of the present request. */
  function spoolOverdue(): void {
    spoolTimer = undefined;
    const isOverdue = (batch: Batch): boolean => batch.sealedAt + spoolAfterMs <= performance.now() + 1;
    if (isOnlyInMemory(inRequest) && isOverdue(inRequest)) spool.append(inRequest);
    while (buffer.waiting[0] && isOverdue(buffer.waiting[0]) && spoolOldest()) {}
    watchOverdue();
    tellSettled();
  }

  /** Sends one batch after the other, until there is none or the server must be left alone. */
  async function send(): Promise<void> {
    while (isFree() && !isClosed) {
      // Urgent lines that came during a request go together.
      if (isOpenUrgent) seal();
      const batch = nextBatch();
      if (!batch) break;
      inRequest = batch;
      await tryOnce(batch);
      inRequest = undefined;
    }
    tellSettled();
  }

  function nextBatch(): Batch | undefined {
    if (isClosing) return buffer.take();
    isSpoolsTurn = !isSpoolsTurn;
    return isSpoolsTurn ? (spool.next() ?? buffer.take()) : (buffer.take() ?? spool.next());
  }

  async function tryOnce(batch: Batch): Promise<void> {
    const wasInMemory = isOnlyInMemory(batch);
    prepare(batch, settings.keyLifetimeMs);
    const unknownBefore = batch.unknownSince;
    batch.unknownSince ||= Date.now();
    spool.save(batch);
    const body = batch.isRepeat ? withField(batch.body, '"possibly_repeated":true') : batch.body;
    const verdict = await post.send(body, batch.query, batch.key).catch(judgeFailure);
    if (isClosed) return;
    if (verdict.kind !== 'retry') {
      spool.done(batch);
      if (wasInMemory) buffer.release(batch);
      settle(batch, verdict);
      return;
    }
    if (verdict.notStored) batch.unknownSince = unknownBefore;
    if (isOnlyInMemory(batch)) buffer.putBack(batch);
    else {
      spool.save(batch);
      if (wasInMemory) buffer.release(batch);
    }
    pause(verdict);
  }

  function settle({ body }: Batch, verdict: Exclude<Verdict, { kind: 'retry' }>): void {
    failures = 0;
    const records = countLines(body);
    const rejected = verdict.kind === 'refused' ? records : verdict.rejected;
    drop('rejected', rejected, verdict.message);
    // A server that rejects everything would reject this record too, again and again.
    const line = rejected < records ? dropped.take() : undefined;
    if (line) buffer.insert(Buffer.from(line));
  }

  function pause({ afterMs, slowly, message }: Extract<Verdict, { kind: 'retry' }>): void {
    const { retryFirstMs, retryMaxMs } = settings;
    const backoff = slowly ? backoffMs(0, retryMaxMs, retryMaxMs) : backoffMs(failures++, retryFirstMs, retryMaxMs);
    retryTimer = setTimeout(resume, Math.max(afterMs, backoff)).unref();
    if (isClosing) spoolAll();
    onProblem({ code: slowly ? 'REFUSED' : 'UNREACHABLE', message: `${url.origin} did not store a batch: ${message}` });
  }

  function resume(): void {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    void send();
  }

  function spoolAll(): void {
    while (spoolOldest()) {}
  }

  const isSettled = (): boolean => !buffer.hasOpen && buffer.waiting.length === 0 && !isOnlyInMemory(inRequest);

  function tellSettled(): void {
    if (isSettled()) for (const listener of onSettled.splice(0)) listener();
  }

  async function flush(): Promise<void> {
    sealAndSend();
    if (isSettled()) return;
    await new Promise<void>((resolve) => {
      // The process waits for it.
      const timer = setTimeout(resolve, closeTimeoutMs);
      onSettled.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async function close(): Promise<void> {
    isClosing = true;
    seal();
    // The server is away: nothing to wait for.
    if (retryTimer) spoolAll();
    await flush();
    closeSync();
  }

  function closeSync(): void {
    if (isClosed) return;
    isClosed = true;
    for (const timer of [sealTimer, spoolTimer, retryTimer]) clearTimeout(timer);
    if (isOnlyInMemory(inRequest)) keepAtEnd(inRequest);
    buffer.seal();
    for (let batch = buffer.take(); batch; batch = buffer.take()) keepAtEnd(batch);
    const line = dropped.take();
    if (line) keepAtEnd(newBatch(Buffer.from(line), query));
    spool.close();
    post.close();
  }

  function keepAtEnd(batch: Batch): void {
    if (!spool.append(batch)) drop('not_sent', countLines(batch.body), 'the process ends, and the spool takes no more');
  }

  return { write, flush, close, closeSync };
}
