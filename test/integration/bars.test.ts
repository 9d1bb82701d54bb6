import { afterAll, beforeAll, expect, test } from 'vitest';
import { insert, record } from '../support/records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const at = (time: string): string => `2026-10-25T${time}.000000Z`;
/** The night in which Berlin's clocks show 02:00 to 03:00 twice: from 00:00 UTC, and from 01:00 UTC. */
const NIGHT = '{ from: "2026-10-25T00:00:00Z", to: "2026-10-25T03:00:00Z" }';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const error = { severityNumber: 17, errorType: 'Timeout' };
  await insert(server.database.sql, [
    record({ timestamp: at('00:10:00'), attributes: { region: 'eu' } }),
    record({ timestamp: at('01:10:00'), service: 'web', ...error }),
    record({ timestamp: at('01:20:00'), service: 'web', attributes: { region: 'us' }, ...error }),
    record({ timestamp: at('02:30:00'), service: 'auth', ...error }),
    record({ timestamp: at('02:40:00'), service: 'mail' }),
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

type Stats = { stats: Record<string, unknown> };
const stats = (fields: string, time = NIGHT) => server.query<Stats>(`{ stats(time: ${time}) { ${fields} } }`);

test('bars by the clocks of a time zone, with groups and the rest', async () => {
  const { data, errors } = await stats(`
    total
    hours: bars(width: "1h", timeZone: "Europe/Berlin", by: { field: SERVICE }, first: 2) {
      start end total errorCount groups { value rest count } }
    wide: bars(width: "2h", timeZone: "Europe/Berlin") { start total groups { count } }
    regions: bars(width: "6h", by: { attribute: ["region"] }) { groups { value rest count } }`);
  expect(errors).toBeUndefined();
  const groups = (web: number, auth: number, rest: number) => [
    { value: 'web', rest: false, count: web },
    { value: 'auth', rest: false, count: auth },
    { value: null, rest: true, count: rest },
  ];
  expect(data!.stats).toEqual({
    total: 5,
    hours: [
      { start: at('00:00:00'), end: at('01:00:00'), total: 1, errorCount: 0, groups: groups(0, 0, 1) },
      { start: at('01:00:00'), end: at('02:00:00'), total: 2, errorCount: 2, groups: groups(2, 0, 0) },
      { start: at('02:00:00'), end: at('03:00:00'), total: 2, errorCount: 1, groups: groups(0, 1, 1) },
    ],
    wide: [{ start: at('00:00:00'), total: 5, groups: null }],
    regions: [
      {
        groups: [
          { value: null, rest: false, count: 3 },
          { value: 'eu', rest: false, count: 1 },
          { value: 'us', rest: false, count: 1 },
          { value: null, rest: true, count: 0 },
        ],
      },
    ],
  });
});

test('an hour in 60 bars has 61 of them, where it begins within a minute; `histogram` is as before', async () => {
  const { data } = await stats(
    'bars { start } histogram { start }',
    '{ from: "2026-10-25T00:00:30Z", to: "2026-10-25T01:00:30Z" }',
  );
  expect((data!.stats.bars as unknown[]).length).toBe(61);
  expect((data!.stats.histogram as unknown[]).length).toBe(13);
});

test('error groups have the same bars, also through fragments, aliases and variables', async () => {
  const { data, errors } = await server.query<Stats>(
    `query ($width: Duration) { stats(time: ${NIGHT}) {
      topErrors { service count ...Bars day: bars(width: "1d") }
      bars(width: $width) { errorCount } } }
    fragment Bars on ErrorGroup { bars(width: $width, timeZone: "UTC") }`,
    { width: '1h' },
  );
  expect(errors).toBeUndefined();
  expect(data!.stats).toEqual({
    topErrors: [
      { service: 'web', count: 2, bars: [0, 2, 0], day: [2] },
      { service: 'auth', count: 1, bars: [0, 0, 1], day: [1] },
    ],
    bars: [{ errorCount: 0 }, { errorCount: 2 }, { errorCount: 1 }],
  });
});

test.each([
  ['bars(width: "7m") { start }', /^width: expected one of PT1S, .*P365D, got PT7M$/],
  ['bars(width: "1s") { start }', /^width: expected at most 1000 bars, got more: PT1S from/],
  ['bars(timeZone: "Mars/Olympus") { start }', /^timeZone: expected an IANA name .* got "Mars\/Olympus"$/],
  ['bars(timeZone: "+01:00") { start }', /^timeZone: expected an IANA name/],
  ['bars(buckets: 0) { start }', /^buckets: expected 1 to 1000, got 0$/],
  ['bars(buckets: 1001) { start }', /^buckets: expected 1 to 1000, got 1001$/],
  ['bars(by: { attribute: [] }) { groups { count } }', /attribute/],
  ['topErrors { bars(width: "7m") }', /^width: expected one of/],
])('%s is BAD_USER_INPUT, and the other fields are answered', async (field, message) => {
  const { data, errors } = await stats(`total ${field}`);
  expect(errors![0]).toMatchObject({ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } });
  expect(data!.stats.total).toBe(5);
});

test('with a width, `buckets` is not looked at', async () => {
  const { data, errors } = await stats('bars(width: "1h", buckets: 0) { total }');
  expect(errors).toBeUndefined();
  expect(data!.stats.bars).toEqual([{ total: 1 }, { total: 2 }, { total: 2 }]);
});

test('bars with more groups than an operation may cost are rejected before they are read', async () => {
  const { errors } = await stats('bars(buckets: 1000, by: { field: USER_ID }, first: 1000) { groups { count } }');
  expect(errors![0]!.extensions.code).toBe('QUERY_TOO_COMPLEX');
  const one = await stats(
    'bars(buckets: 1000, by: { field: USER_ID }, first: 8) { start total groups { value count } }',
  );
  expect(one.errors).toBeUndefined();
});
