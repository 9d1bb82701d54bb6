import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addTexts, addTextsOfRow } from '../../src/db/blocks/texts.ts';
import { GramSet } from '../../src/db/filter/gram-set.ts';
import type { EncodedRecord } from '../../src/db/row/encoded-record.ts';
import { COPY_COLUMNS } from '../../src/db/row/row.ts';
import { RECORD } from '../../src/db/schema/columns.ts';
import { copyData } from '../../src/db/write/copy.ts';
import { type Defaults, withDefaults } from '../../src/ingest/defaults.ts';
import { createLane } from '../../src/ingest/lane/lane.ts';
import { LineReader } from '../../src/ingest/lane/line-reader.ts';
import { type Arrival, arrivalAt, isRejection, makeRecord, type NewRecord } from '../../src/log/record.ts';
import { createRedactor, NO_EXTRAS } from '../../src/log/redact/redactor.ts';
import type { Stamp } from '../../src/log/stamp.ts';
import { collected } from '../../src/log-file/collected.ts';
import { type Entry, entryOfJson } from '../../src/log-file/entries/entry.ts';
import { createClock } from '../../src/log-file/inner-line.ts';
import { NAMES } from '../../src/record-names/logger-names.ts';
import { createTestDatabase } from '../support/database.ts';
import { withoutCall } from '../support/records.ts';

const RECEIVED = '2026-11-21T20:06:40.731905Z';
const clock = createClock({ timeZone: 'UTC', now: RECEIVED });
const redactor = createRedactor(NO_EXTRAS);
const STAMP: Stamp = { service: 'billing', environment: null, deploymentVersion: '1.2.3' };
const arrivalOf = (stamp: Stamp | null, isRedacted: boolean): Arrival =>
  arrivalAt(
    RECEIVED,
    { maxAgeMs: 1e12, environment: 'test', deploymentVersion: null, redactor: isRedacted ? redactor : null },
    stamp,
  );
const DEFAULTS: Defaults[] = [{}, { service: 'billing', component: 'c', host: 'web-1', environment: 'prod' }];

/** The usual names come more often: lines with odd ones are mostly not for the lane. */
const USUAL =
  'timestamp time level severity message msg service component logger correlation_id request_id trace_id user_id ' +
  'duration_ms duration_s responseTime error_type stack attributes req res err http host pid region status count';
const ODD = [
  'password',
  'token',
  'value',
  'name',
  'key',
  '__proto__',
  'constructor',
  '',
  '1',
  'ключ',
  'a"b',
  'gen_ai.x',
];
const anyKey = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...USUAL.split(' ')) },
  { weight: 2, arbitrary: fc.constantFrom(...NAMES.here.keys(), ...NAMES.inside.keys()) },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 6 })) },
);
const TEXTS = [
  'info|warn|error|ERROR|weird|30|hello, world|GET /orders/7?id=1|0x1f|1.5s|Europe/Berlin|POST|/orders/7|200',
  '2026-11-21T20:06:40.123Z|2026-11-21T20:06:40Z|2026-11-21 20:06:40|2040-01-01T00:00:00Z|1763755600123',
  'TypeError: x is not a function\n    at f (a.js:1:2)|postgres://user:hunter2@db/app|4111 1111 1111 1111|say "no"\\',
  'authorization: Bearer abcdefghij0123456789abcdefghij|{"token":"abc"}|?token=abc&x=1|//host|\u0000|\ud800|😀 ü',
]
  .flatMap((texts) => texts.split('|'))
  .concat('9'.repeat(305));
const anyText = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 12 }), fc.string({ unit: 'binary' }));
/** As a sender writes it. Some are no JSON. */
const anyNumber = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '0.5',
    '-1.25',
    '1e5',
    '1E-7',
    '007',
    '12345678901234567',
    '1763755600123',
    '30',
    '200',
  ),
  fc.oneof(fc.integer(), fc.double({ noNaN: true })).map(String),
  fc.constantFrom('NaN', '-', '.5', '1.', '+1', 'Infinity'),
);

/** A string of JSON. Some characters are escaped that need not be. */
const anyString = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.integer({ min: 0, max: 9 })).map(([value, escaped]) => {
    const json = JSON.stringify(value);
    return escaped > 2 ? json : json.replace(/[a-z/](?=.*"$)/, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  });
const space = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\t ', '\r'));
const written = (members: [key: string, before: string, value: string, after: string][], inner: string): string =>
  `{${inner}${members.map(([key, before, value, after]) => `${before}${key}:${before}${value}${after}`).join(',')}}`;
const { object: oddObject } = fc.letrec<{ object: string; value: string }>((tie) => ({
  object: fc
    .tuple(fc.array(fc.tuple(anyString(anyKey), space, tie('value'), space), { maxLength: 7 }), space)
    .map(([members, inner]) => written(members, inner)),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: anyString(anyText) },
    { weight: 4, arbitrary: anyNumber },
    fc.constantFrom('true', 'false', 'null', '[]', '{}', 'nul', '[1,]', '["a",{"b":"c"}]'),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(', ')}]`),
  ),
}));
/** As loggers write: each name once, with a value that its field takes. */
const NUMBERS = new Set(['pid', 'status', 'count', 'duration_ms', 'responseTime']);
const TIMES = new Set(['timestamp', 'time']);
const LEVELS = new Set(['level', 'severity']);
const OBJECTS = new Set(['attributes', 'req', 'res', 'err', 'http']);
const plainNumber = fc.constantFrom('0', '200', '0.5', '12.75', '-3', '123456789012345');
const plainValue = (key: string): fc.Arbitrary<string> =>
  NUMBERS.has(key)
    ? plainNumber
    : TIMES.has(key)
      ? fc.constantFrom('"2026-11-21T20:06:40.123Z"', '"2026-11-21T20:06:40+02:00"', '1763755600123')
      : LEVELS.has(key)
        ? fc.constantFrom('"info"', '"WARN"', '30', '"error"')
        : OBJECTS.has(key)
          ? oddObject
          : fc.oneof({ weight: 5, arbitrary: anyString(anyText) }, plainNumber);
const tidyObject = fc
  .subarray([...USUAL.split(' '), 'region', 'userName', 'extra', 'ключ'], { minLength: 1, maxLength: 9 })
  .chain((keys) =>
    fc
      .tuple(fc.tuple(...[...new Set(keys)].map((key) => fc.tuple(plainValue(key), space))), space)
      .map(([values, inner]) =>
        written(
          values.map(([value, around], i) => [JSON.stringify(keys[i]), around, value, around]),
          inner,
        ),
      ),
  );
const anyObject = fc.oneof({ weight: 2, arbitrary: tidyObject }, oddObject);
/** Lines, some of them with one byte changed or cut. */
const anyLine = fc
  .tuple(space, anyObject, space, fc.integer({ min: 0, max: 30 }), fc.nat(), fc.nat(255))
  .map(([before, object, after, damage, at, byte]) => {
    const bytes = Buffer.from(`${before}${object}${after}`);
    if (damage === 0) bytes[at % bytes.length] = byte === 0x0a ? 0x20 : byte;
    return damage === 1 ? bytes.subarray(0, at % bytes.length) : bytes;
  });

const reader = new LineReader(redactor);
const plainReader = new LineReader(null);

/** What the way of all other formats makes of the line. Undefined: not one record. */
function readAsText(line: Buffer, arrival: Arrival, defaults: Defaults) {
  const entries: Entry[] = [...collected<Entry>([entryOfJson(1, line.toString())], clock)];
  const entry = entries[0]!;
  if (entries.length !== 1 || !('draft' in entry)) return undefined;
  const said = entry.draft.timestamp ?? null;
  const record = makeRecord(withDefaults(entry.draft, defaults), arrival, 1);
  return isRejection(record) ? undefined : { record, said, size: entry.size };
}

const compared = ({ uid: _, bytes: __, ...record }: NewRecord) => record;

function hashesOf(add: (messages: GramSet, texts: GramSet) => void) {
  const [messages, texts] = [new GramSet(), new GramSet()];
  add(messages, texts);
  return [messages.hashes(), texts.hashes()];
}

describe('the lane', () => {
  test('makes the record of a line that the way of all other formats makes, or none', { timeout: 120_000 }, () => {
    let read = 0;
    let runs = 0;
    fc.assert(
      fc.property(
        anyLine,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(...DEFAULTS),
        (line, isRedacted, isStamped, defaults) => {
          const arrival = arrivalOf(isStamped ? STAMP : null, isRedacted);
          const padded = Buffer.concat([Buffer.from('"}'), line, Buffer.from('"}]')]);
          const readLine = createLane(
            () => (isRedacted ? reader : plainReader),
            () => arrival,
            defaults,
          );
          const made = readLine(padded, 2, 2 + line.length, 1);
          runs++;
          if (made === undefined) return;
          read++;
          const expected = readAsText(line, arrival, defaults);
          const record = made.record as EncodedRecord;
          expect({ said: made.said, size: made.size }).toEqual({ said: expected?.said, size: expected?.size });
          expect(compared(record.toJSON())).toEqual(compared(expected!.record));
          // Of two members with one key, the row has both texts.
          const grams = hashesOf((messages, texts) => addTextsOfRow(messages, texts, record));
          const needed = hashesOf((messages, texts) => {
            messages.add(expected!.record.message);
            addTexts(texts, expected!.record);
          });
          expect(grams[0]).toEqual(needed[0]);
          expect(grams[1]).toEqual(expect.arrayContaining(needed[1]!));
        },
      ),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(runs / 5);
  });

  test('writes rows that PostgreSQL takes and gives back as they are', { timeout: 120_000 }, async () => {
    await using database = await createTestDatabase();
    const { sql } = database;
    await sql.unsafe('create table rows (like system_logs including all)');
    const arrival = arrivalOf(null, true);
    const readLine = createLane(
      () => reader,
      () => arrival,
      {},
    );
    const records: NewRecord[] = [];
    fc.assert(
      fc.property(anyLine, (line) => {
        const made = readLine(line, 0, line.length, 1);
        if (made) records.push(made.record);
      }),
      { numRuns: 10_000 },
    );
    const into = await sql.unsafe(`copy rows (${COPY_COLUMNS}) from stdin (format binary)`).writable();
    await pipeline(Readable.from(copyData(records, 7)), into);
    const rows = await sql.unsafe(`select ${RECORD}, batch_id from rows`);
    const byUid = new Map(rows.map((row) => [row.uid, { ...row }]));
    expect(records.length).toBeGreaterThan(500);
    expect(rows.every(({ batch_id }) => Number(batch_id) === 7)).toBe(true);
    for (const record of records) {
      expect(byUid.get(record.uid)).toEqual({
        ...withoutCall((record as EncodedRecord).toJSON()),
        batch_id: expect.anything(),
      });
    }
  });
});
