import { addAbortSignal, type Readable } from 'node:stream';
import { createLineSplitter, type Line } from '../../log-file/entries/line-splitter.ts';
import { createBridge, MESSAGE_BYTES_MAX } from './bridge.ts';
import type { Forward } from './forward.ts';

/**
 * Reads messages, one a line, until `input` ends, and writes their responses. Rejects when `stop` is aborted, or when a response
 * cannot be written: nobody reads what follows.
 */
export async function speak(
  input: Readable,
  write: (line: string) => Promise<void>,
  forward: Forward,
  stop: AbortSignal,
): Promise<void> {
  const bridge = createBridge(forward, write, stop);
  const splitter = createLineSplitter(MESSAGE_BYTES_MAX);
  const broken = new AbortController();
  const take = (lines: readonly Line[]): void => {
    for (const line of lines) bridge.take(line).catch((error) => broken.abort(error));
  };
  addAbortSignal(AbortSignal.any([stop, broken.signal]), input);
  for await (const chunk of input) take(splitter.push(chunk));
  take(splitter.end());
  await bridge.end();
}
