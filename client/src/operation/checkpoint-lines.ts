import { open } from 'node:fs/promises';
import { type CheckpointLine, LINE_BYTES_MAX, parseLine } from './checkpoint-line.ts';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

export interface ReadLine {
  /** Undefined where it is damaged. */
  line: CheckpointLine | undefined;
  bytes: number;
  /** The offset in the file after this line. */
  end: number;
}

/**
 * The lines of a checkpoint file, in bounded memory. The last one is left out if it has no end: a killed process wrote a part of
 * it. Nothing if there is no file.
 */
export async function* readLines(path: string): AsyncGenerator<ReadLine> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return;
  try {
    let rest: Buffer = Buffer.alloc(0);
    let end = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      let bytes: Buffer = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE)) {
        end += at + 1;
        yield { line: parseLine(bytes.toString('utf8', 0, at)), bytes: at + 1, end };
        bytes = bytes.subarray(at + 1);
      }
      if (bytes.length > LINE_BYTES_MAX) {
        throw new Error(`${path}: expected the lines of a checkpoint, got one of more than ${LINE_BYTES_MAX} bytes`);
      }
      rest = bytes;
    }
  } finally {
    await file.close();
  }
}
