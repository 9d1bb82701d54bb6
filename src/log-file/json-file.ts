import { beginOf } from './body-format.ts';
import { UnreadableInput } from './bytes/unreadable-input.ts';
import { beginsWithObjectLine, type Entry } from './entries/entry.ts';
import { jsonFormat } from './formats/json.ts';

/** A file must be held whole where the format cannot read it in parts. */
const WHOLE_BYTES_MAX = 256 * 1024 * 1024;

/** Whether a file that begins so is JSON as a whole: an array of objects, or an object over several lines. */
export function isJsonFile(begin: Buffer): boolean {
  const text = beginOf(begin);
  // An object whose first key stands on a later line. A broken line of NDJSON has its first key beside the brace.
  return /^\s*(\[\s*([{\]]|$)|\{\s*\n)/.test(text) && !beginsWithObjectLine(text);
}

/** The entries of such a file, as `POST /ingest` reads them. @throws UnreadableInput it is too large to be held */
export async function* readJsonFile(begin: Buffer, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const reader = jsonFormat.readerFor(beginOf(begin));
  if (reader) {
    for await (const chunk of bytes) yield* reader.push(chunk);
    yield* reader.end();
    return;
  }
  const whole: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > WHOLE_BYTES_MAX) {
      throw new UnreadableInput(
        `expected at most ${WHOLE_BYTES_MAX} bytes of a file that is one JSON document, got more: write one object a line (\`jq -c '.[]'\`)`,
      );
    }
    whole.push(chunk);
  }
  yield* jsonFormat.readWhole(whole);
}
