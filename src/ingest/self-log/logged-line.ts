import { isJsonObject, type JsonObject, tryJson } from '../../log/json.ts';
import { type Arrival, isRejection, makeRecord, type NewRecord } from '../../log/record.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';

/** A line of pino. */
export interface LoggedLine {
  component: unknown;
  object: JsonObject;
}

const SERVICE = 'weir';
/** The component of the lines that are about self-logging. They are never stored. */
export const SELF_LOG = 'self-log';

/** Undefined if it is not a line of pino. */
export function readLine(line: string): LoggedLine | undefined {
  const object = tryJson(line);
  if (!isJsonObject(object)) return undefined;
  return { component: object.component, object: object as JsonObject };
}

/** The records of these lines. If any were dropped before them, the first record tells how many, and why. */
export function recordsOf(
  lines: readonly LoggedLine[],
  dropped: ReadonlyMap<string, number>,
  arrival: Arrival,
): { records: NewRecord[]; rejected: number } {
  const objects = [...tellingOf(dropped), ...lines.map(({ object }) => object)];
  const made = objects.map((object) => makeRecord({ ...draftFromJson(object), service: SERVICE }, arrival));
  const records = made.filter((one): one is NewRecord => !isRejection(one));
  return { records, rejected: made.length - records.length };
}

function tellingOf(dropped: ReadonlyMap<string, number>): JsonObject[] {
  const lines = dropped.values().reduce((sum, count) => sum + count, 0);
  if (lines === 0) return [];
  const message = `${lines} lines of the log of this server were not stored as records: they are on its stderr`;
  return [{ level: 'warn', component: SELF_LOG, message, ...Object.fromEntries(dropped) }];
}
