import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Where a command writes its data: stdout or a file. */
export interface Sink {
  stream: NodeJS.WriteStream;
  /** Resolves when it takes more. Rejects with EPIPE when the reader of stdout has gone. */
  write(text: string): Promise<void>;
  /** All is written. */
  close(): Promise<void>;
}

/** Whether the reader of stdout has gone, as `head` does: that is no failure. */
export const isReaderGone = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'EPIPE';

export const stdout: Sink = {
  stream: process.stdout,
  write: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  close: async () => {},
};

/** `append`: after what the file has. Otherwise that is replaced. @throws the file cannot be opened */
export async function openFile(path: string, append: boolean): Promise<Sink> {
  const stream = createWriteStream(path, { flags: append ? 'a' : 'w' });
  await once(stream, 'open');
  // `write` and `close` reject with it.
  stream.on('error', () => {});
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    close: () =>
      new Promise((resolve, reject) => stream.end((error?: Error | null) => (error ? reject(error) : resolve()))),
  };
}
