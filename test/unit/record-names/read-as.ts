import { httpOf } from '../../../src/log/http-exchange.ts';
import { type JsonObject, parseJson } from '../../../src/log/json.ts';
import { levelOf } from '../../../src/log/level.ts';
import type { Draft } from '../../../src/log/record.ts';
import { createClock, withLineRead } from '../../../src/log-file/inner-line.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });

export type Shown = Draft & { level: string; http: unknown };

const shown = (draft: Draft): Shown => {
  const read = withLineRead(draft, clock);
  return { ...read, level: levelOf(read.severityNumber ?? 9), http: httpOf(read) };
};

/** The records in an object, with the lines of programs in them read, and with their levels as words. */
export function readAllAs(sent: object): Shown[] {
  const { others = [], ...first } = draftFromJson(parseJson(JSON.stringify(sent)) as JsonObject);
  return [first, ...others].map(shown);
}

export const readAs = (sent: object): Shown => readAllAs(sent)[0]!;
