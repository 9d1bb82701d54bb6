import { type JsonObject, setOwn, VALUE_BYTES } from '../../../log/json.ts';
import { RECORD_BYTES_MAX } from '../../../log/record.ts';
import type { Entry, EntryReader, ReadRecord } from '../../../log-file/entries/entry.ts';
import { createExportFields } from './export-fields.ts';

/** Of the fields of one entry, with `VALUE_BYTES` for each. An entry with more is rejected. */
const ENTRY_BYTES_MAX = RECORD_BYTES_MAX;

/** Reads the entries of a body in the Journal Export Format. */
export function createExportReader(read: ReadRecord, entryBytesMax = ENTRY_BYTES_MAX): EntryReader {
  const split = createExportFields(entryBytesMax);
  let at = 0;
  let fields: JsonObject = {};
  /** More than `entryBytesMax`: the entry is too large, and has no fields any more. */
  let bytes = 0;

  function add(name: string, value: string | null): void {
    bytes += value === null ? entryBytesMax + 1 : name.length + value.length + VALUE_BYTES;
    if (bytes > entryBytesMax) fields = {};
    else setValue(fields, name, value!);
  }

  function* endOfEntry(): Generator<Entry> {
    if (bytes === 0) return;
    at++;
    const entry = entryOf();
    fields = {};
    bytes = 0;
    yield entry;
  }

  function entryOf(): Entry {
    if (bytes > entryBytesMax) {
      return { at, code: 'TOO_LARGE', reason: `expected an entry of at most ${entryBytesMax} bytes, got a larger one` };
    }
    const record = read(fields);
    return 'reason' in record ? { at, ...record } : { at, size: bytes, ...record };
  }

  return {
    *push(chunk) {
      for (const field of split.push(chunk)) {
        if (field === null) yield* endOfEntry();
        else add(field.name, field.value);
      }
    },
    *end() {
      if (!split.isUnfinished) yield* endOfEntry();
      else yield { at: at + 1, code: 'INCOMPLETE_ENTRY', reason: 'expected a whole entry, got only its beginning' };
    },
  };
}

/** A field may come several times. */
function setValue(fields: JsonObject, name: string, value: string): void {
  const before = Object.hasOwn(fields, name) ? fields[name]! : undefined;
  if (Array.isArray(before)) before.push(value);
  else setOwn(fields, name, before === undefined ? value : [before, value]);
}
