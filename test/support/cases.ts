import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpOf } from '../../src/log/http-exchange.ts';
import { levelOf } from '../../src/log/level.ts';
import { ndjsonLine } from '../../src/log/ndjson-line.ts';
import { arrivalAt, isRejection, makeRecord } from '../../src/log/record.ts';
import { beginningOf } from '../../src/log-file/bytes/beginning.ts';
import { asUtf8 } from '../../src/log-file/bytes/charset.ts';
import { entryOfJson } from '../../src/log-file/entries/entry.ts';
import { type Clock, createClock } from '../../src/log-file/formats/clock.ts';
import { isJsonFile, readJsonFile } from '../../src/log-file/json-file.ts';
import { PAUSE, readLogFile } from '../../src/log-file/log-file.ts';

/** Small files in formats that people have, with the fields that they expect. Beside the project, not in it. */
const FOLDER = join(import.meta.dirname, '../../../shared/cases/lines');

/** Why tests that need the files are skipped; undefined where they are there. */
export const casesMissing: string | undefined = existsSync(FOLDER) ? undefined : `there is no ${FOLDER}`;

export const caseNames: readonly string[] = casesMissing
  ? []
  : readdirSync(FOLDER)
      .filter((file) => file.endsWith('.in'))
      .map((file) => file.slice(0, -3));

const NOW = '2026-11-26T12:00:00.000000Z';
const arrival = arrivalAt(NOW, {
  maxAgeMs: 20 * 365 * 86_400_000,
  environment: null,
  deploymentVersion: null,
  redactor: null,
});

/** A record's fields as the API names them. */
export type Shown = Record<string, unknown>;

/** What `weir import` stores of a file. */
export async function importedOf(bytes: Buffer, timeZone = 'UTC'): Promise<Shown[]> {
  const shown: Shown[] = [];
  for await (const entry of entriesOf(bytes, createClock({ timeZone, now: NOW }))) {
    if (entry === PAUSE) continue;
    if (!('draft' in entry)) throw new Error(`line ${entry.at} was rejected: ${entry.reason}`);
    // As it is sent, and read again.
    const sent = entryOfJson(entry.at, ndjsonLine(entry.draft));
    const record = makeRecord('draft' in sent ? sent.draft : {}, arrival);
    if (isRejection(record)) throw new Error(`line ${entry.at} was rejected: ${record.reason}`);
    shown.push({ ...record, level: levelOf(record.severityNumber), http: httpOf(record) });
  }
  return shown;
}

async function* entriesOf(bytes: Buffer, clock: Clock) {
  const text = await beginningOf(
    asUtf8(
      (async function* () {
        yield bytes;
      })(),
    ),
    1,
  );
  yield* isJsonFile(text.begin)
    ? readJsonFile(text.begin, text.whole)
    : readLogFile({ bytes: text.whole, format: undefined, clock, onFormat: () => {} });
}

export const caseBytes = (name: string): Buffer => readFileSync(join(FOLDER, `${name}.in`));

/** The strictest first, so that none takes a record that only another one fits. */
export const expectedOf = (name: string): Shown[] =>
  (JSON.parse(readFileSync(join(FOLDER, `${name}.expect.json`), 'utf8')) as Shown[]).sort(
    (a, b) => JSON.stringify(b).length - JSON.stringify(a).length,
  );

/** The expected records that none of these is. Each is compared by the fields that it names. */
export function missingOf(expected: readonly Shown[], records: readonly Shown[]): Shown[] {
  const left = [...records];
  return expected.filter((want) => {
    const at = left.findIndex((record) => isLike(want, record));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function isLike(want: unknown, is: unknown): boolean {
  if (typeof want === 'object' && want !== null) {
    return is != null && Object.entries(want).every(([key, value]) => isLike(value, (is as Shown)[key]));
  }
  return (
    want === is ||
    (want === null && is === undefined) ||
    (typeof want === 'number' && Math.abs(want - (is as number)) < 1e-6)
  );
}
