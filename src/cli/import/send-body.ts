import { createHash } from 'node:crypto';
import { ApiError } from '../client/api.ts';
import type { Body } from './bodies.ts';
import type { ImportKeys } from './import-keys.ts';
import type { Stored, Uploader } from './uploader.ts';

/** The records of the requests that a body is sent in if it is not full, or if its key belongs to a shorter one. */
const BLOCK_RECORDS = [512, 64, 8, 1];

type Part = Pick<Body, 'from' | 'lines' | 'at'>;

/**
 * Stores a body. A full one is one request. The last one of a file ends where the file ends, and would be longer after the file
 * has grown. So it is sent in blocks of fixed sizes, one after the other. In a later import of the grown file, the key of the
 * longer body is taken by its first block: then that body is sent in blocks too. Each block was stored before as it is, or
 * none of its records was, or its own first block was: the same again with smaller blocks.
 */
export async function sendBody(
  body: Body,
  uploader: Uploader,
  { keyOf, ofContent }: ImportKeys,
  add: (stored: Stored, at: readonly number[]) => void,
): Promise<void> {
  const sendPart = async ({ lines, at }: Part, key: string): Promise<void> =>
    add(await uploader.send(lines.join('\n'), key), at);

  const sendOrSplit = async (part: Part, level: number): Promise<void> => {
    try {
      await sendPart(part, keyOf(part.from));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'IDEMPOTENCY_CONFLICT')) throw error;
      // The record itself is another one than before: the last line of the file was not complete then.
      if (part.lines.length === 1) await sendPart(part, `${keyOf(part.from)}-${hashOf(part.lines[0]!)}`);
      else await sendBlocks(part, level);
    }
  };
  const sendBlocks = async ({ from, lines, at }: Part, level: number): Promise<void> => {
    let start = 0;
    for (let next = level; start < lines.length; ) {
      const records = BLOCK_RECORDS[next]!;
      const end = start + records;
      if (end > lines.length) next++;
      else {
        await sendOrSplit({ from: from + start, lines: lines.slice(start, end), at: at.slice(start, end) }, next + 1);
        start = end;
      }
    }
  };
  await (body.isFull || !ofContent ? sendOrSplit(body, 0) : sendBlocks(body, 0));
}

const hashOf = (line: string): string => createHash('sha256').update(line).digest('base64url').slice(0, 16);
