import { beginOf } from './body-format.ts';
import { collectedBody } from './collected.ts';
import { beginsWithObjectLine, type Entry } from './entries/entry.ts';
import type { Clock } from './formats/clock.ts';
import { jsonFormat } from './formats/json.ts';

/** Whether a file that begins so is JSON as a whole: an array of objects, or an object over several lines. */
export function isJsonFile(beginning: Buffer): boolean {
  const { begin } = beginOf([beginning]);
  // An object whose first key stands on a later line. A broken line of NDJSON has its first key beside the brace.
  return /^\s*(\[\s*([{\]]|$)|\{\s*\n)/.test(begin) && !beginsWithObjectLine(begin);
}

/** The entries of such a file, read in parts as `POST /ingest` reads them. */
export async function* readJsonFile(
  beginning: Buffer,
  bytes: AsyncIterable<Uint8Array>,
  clock?: Clock,
): AsyncGenerator<Entry> {
  const { begin, isWhole } = beginOf([beginning]);
  const reader = collectedBody(jsonFormat, clock).readerFor(begin, isWhole);
  for await (const chunk of bytes) yield* reader.push(chunk);
  yield* reader.end();
}
