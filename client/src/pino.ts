import { Writable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import { createCore } from './sender/core.ts';
import { isUrgent } from './sender/lines.ts';
import { type SenderOptions, settingsOf } from './sender/options.ts';
import type { Problem } from './sender/problems.ts';

/** Options cross to pino's worker thread, and a function cannot: problems are events of the transport instead. */
export type PinoTransportOptions = Omit<SenderOptions, 'onProblem'>;

/**
 * After each chunk, the worker rests so long before it reads the next one, which then has all lines of this time. A worker that
 * waits for lines is woken by each turn of the main thread's event loop that writes one, and the main thread pays for it.
 */
const REST_MS = 10;

/**
 * The transport of pino: `pino({ transport: { target: 'weir-client/pino', options: { url, key } } })`. It runs in pino's worker
 * thread. pino's lines go on as they are: none is parsed.
 *
 * It takes every line at once. A stream that made pino wait would fill the memory of the main thread.
 *
 * `pino.transport(...)` emits `problem` with a `Problem`.
 */
export default function pinoTransport(options: PinoTransportOptions = {}): Writable {
  const core = createCore(settingsOf(options), tellMainThread);
  /** The beginning of a line, whose end is in the next chunk. */
  let begun = '';

  function take(chunk: string): void {
    const text = begun + chunk;
    const end = text.lastIndexOf('\n') + 1;
    begun = text.slice(end);
    const lines = text.slice(0, end);
    if (end > 0) core.write(Buffer.from(lines), isUrgent(lines));
  }

  const stream = new Writable({
    // pino's worker has text: the lines become bytes once, here.
    decodeStrings: false,
    // pino's worker waits for `drain` after each chunk.
    highWaterMark: 1,
    write(chunk: string | Buffer, _encoding, done) {
      take(String(chunk));
      setTimeout(done, REST_MS);
    },
    // Beside other transports, each line is a chunk, and none waits for `drain`.
    writev(chunks, done) {
      take(chunks.map(({ chunk }) => String(chunk)).join(''));
      setTimeout(done, REST_MS);
    },
    // The main thread ends, and waits for this.
    final(done) {
      if (begun !== '') core.write(Buffer.from(`${begun}\n`), false);
      core.close().then(() => done(), done);
    },
  });
  // pino's `logger.flush(callback)` calls it.
  return Object.assign(stream, { flush: core.flush });
}

/** As pino-abstract-transport's documentation says: an event of the worker is emitted by the transport. */
function tellMainThread(problem: Problem): void {
  parentPort?.postMessage({ code: 'EVENT', name: 'problem', args: [problem] });
}
