import { paintFor } from './colours.ts';
import { recordJson, recordLine, type ShownRecord } from './record-lines.ts';
import { timeTextFor } from './time-text.ts';

interface Options {
  json?: true;
  stack: boolean;
  timezone?: string;
}

/** How records are written to a stream. */
export function recordTextFor(
  stream: NodeJS.WriteStream,
  { json, stack, timezone }: Options,
): (record: ShownRecord) => string {
  if (json) return recordJson;
  const paint = paintFor(stream);
  const shown = { timeText: timeTextFor(stream, timezone), stack };
  return (record) => recordLine(record, paint, shown);
}
