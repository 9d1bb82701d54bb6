import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Overloaded } from '../../errors.ts';
import type { JsonObject } from '../../log/json.ts';
import { ndjsonLine } from '../../log/ndjson-line.ts';
import type { Draft } from '../../log/record.ts';
import { now } from '../../log/time.ts';
import { makeFolder, PRIVATE_FILE, syncFolder } from '../../private-file.ts';
import { appendDurably } from './durable-file.ts';

/** Dead letters are never deleted. When the folder is full, no more are accepted until a person has emptied it. */
const DEAD_LETTER_BYTES_MAX = 256 * 1024 * 1024;
/** The attribute with the reason why the record was rejected. */
export const REASON_ATTRIBUTE = 'weir.refused';
const RETRY_AFTER_SECONDS = 10;
const NAME = /^\d{4}-\d{2}-\d{2}\.ndjson$/;

/**
 * A record that was rejected when its sender was gone. With `uid` and `timestamp` it is stored once, even if it is imported
 * several times.
 */
export interface DeadLetter {
  draft: Draft;
  reason: string;
}

/** Dead letters could not be written. The records stay where they came from. */
export class NotSetAside extends Overloaded {}

export interface DeadLetters {
  /** Resolves when all are on the disk. @throws NotSetAside the folder is full or cannot be written; none is kept */
  add(letters: readonly DeadLetter[]): Promise<void>;
  /** The size of all dead letters. */
  bytes(): Promise<number>;
}

/**
 * Keeps rejected records for a person to look at: one NDJSON file a day, with Weir's own field names, so that `weir import`
 * can read it. Move a file away before you import it, because today's file may still grow.
 */
export function createDeadLetters(folder: string, bytesMax = DEAD_LETTER_BYTES_MAX): DeadLetters {
  let last: Promise<void> = Promise.resolve();

  async function append(lines: Buffer): Promise<void> {
    await makeFolder(folder);
    const bytes = await bytesIn(folder);
    if (bytes + lines.length > bytesMax) {
      throw new NotSetAside(
        `${folder} is full: expected at most ${bytesMax} bytes of dead letters, it has ${bytes}: import them and remove the files`,
        RETRY_AFTER_SECONDS,
      );
    }
    await using file = await open(join(folder, `${now().slice(0, 10)}.ndjson`), 'a+', PRIVATE_FILE);
    const { size } = await file.stat();
    // After a crash the last line may be incomplete: then the new lines start on a line of their own.
    const isTorn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a;
    await appendDurably(file, isTorn ? Buffer.concat([Buffer.from('\n'), lines]) : lines, size);
    if (size === 0) await syncFolder(folder);
  }

  return {
    add(letters) {
      const lines = Buffer.from(letters.map((letter) => `${lineOf(letter)}\n`).join(''));
      const adding = last.then(() => append(lines)).catch((error) => Promise.reject(asNotSetAside(error, folder)));
      last = adding.catch(() => {});
      return adding;
    },
    bytes: () => bytesIn(folder),
  };
}

const lineOf = ({ draft, reason }: DeadLetter): string =>
  ndjsonLine({ ...draft, attributes: { ...(draft.attributes as JsonObject), [REASON_ATTRIBUTE]: reason } });

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  // A person may move a file away between `readdir` and `stat`.
  const sizes = names
    .filter((name) => NAME.test(name))
    .map((name) =>
      stat(join(folder, name))
        .then(({ size }) => size)
        .catch(() => 0),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const asNotSetAside = (error: unknown, folder: string): NotSetAside =>
  error instanceof NotSetAside
    ? error
    : new NotSetAside(`cannot write ${folder}: ${(error as Error).message}`, RETRY_AFTER_SECONDS);
