import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileMatch } from '../../src/log/filter/match.ts';
import { filterOfLogQuery } from '../../src/log/logql/filter-of.ts';
import { parseMatchers } from '../../src/log/logql/parse-metric.ts';
import { GRAFANA_QUERIES } from '../support/grafana-queries.ts';
import { askLoki, CATEGORIZED, type LokiAnswer, nanos, type ReadStream, type Sampled } from '../support/loki-reader.ts';
import { record } from '../support/records.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const MINUTE = 60_000;
/** A whole hour, two hours ago: not in the future, and no matter when the test runs. */
const START = Math.floor(Date.now() / (60 * MINUTE) - 2) * 60 * MINUTE;
const COUNT = 1200;
const LEVELS = ['info', 'info', 'info', 'warn', 'error'];
const WORDS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

interface Sent {
  ms: number;
  message: string;
  service: string;
  component?: string;
  environment: string;
  host: string;
  level: string;
  region: string;
  status: number;
}

const SENT: Sent[] = Array.from({ length: COUNT }, (_, i) => ({
  // Over an hour, with a step that never falls on a minute twice in a row, and with exact minutes among them.
  ms: START + i * 3000,
  message: i % 7 === 0 ? `order ${i} paid €` : `order ${i} sent`,
  service: ['api', 'web', 'worker'][i % 3]!,
  ...(i % 2 === 0 ? { component: 'db' } : {}),
  environment: 'production',
  host: `host-${i % 4}`,
  level: LEVELS[i % LEVELS.length]!,
  region: `eu-${i % 5}`,
  status: i % 10 === 0 ? 500 : 200,
}));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const body = SENT.map(({ ms, region, status, ...rest }) =>
    JSON.stringify({ ...rest, timestamp: new Date(ms).toISOString(), region, size: status * 2, http: { status } }),
  ).join('\n');
  expect((await server.ingest(body)).status).toBe(200);
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

const HOUR = { start: nanos(START), end: nanos(START + 60 * MINUTE) };
const ask = (path: string, parameters: Record<string, string | number> = {}, headers = {}): Promise<LokiAnswer> =>
  askLoki(server.url, path, parameters, headers);
const streams = async (
  query: string,
  more: Record<string, string | number> = {},
  headers = {},
): Promise<ReadStream[]> => {
  const answer = await ask('query_range', { query, ...HOUR, limit: 5000, ...more }, headers);
  expect(answer, query).toMatchObject({ code: 200, status: 'success', data: { resultType: 'streams' } });
  return answer.data.result;
};
const linesOf = (found: readonly ReadStream[]): string[] =>
  found.flatMap(({ values }) => values.map(([, line]) => line));
const sortedLines = async (query: string, more = {}): Promise<string[]> =>
  linesOf(await streams(query, more)).toSorted();
const messagesWhere = (is: (sent: Sent) => boolean): string[] =>
  SENT.filter(is)
    .map(({ message }) => message)
    .toSorted();
/** Weir finds A-Z and a-z alike in texts. */
const errorOf = async (query: string, more: Record<string, string | number> = {}, path = 'query_range') => {
  const answer = await ask(path, { query, ...HOUR, ...more });
  expect(answer).toMatchObject({ code: 400, status: 'error', errorType: 'bad_data' });
  return answer.message;
};

describe('lines', () => {
  test.each([
    ['{service_name="api"}', (s) => s.service === 'api'],
    ['{service_name=~"api|web", level="error"}', (s) => s.service !== 'worker' && s.level === 'error'],
    ['{environment="production", component!="db"}', (s) => s.component === undefined],
    ['{host!~"host-[0]"}'.replace('[0]', '0'), (s) => s.host !== 'host-0'],
    ['{region=~"eu-(1|2)"}', (s) => s.region === 'eu-1' || s.region === 'eu-2'],
    ['{} |= "PAID"', (s) => s.message.includes('paid')],
    [
      '{} |= "€" | detected_level="warn" or detected_level="error"',
      (s) => s.message.includes('€') && s.level !== 'info',
    ],
    ['{} |~ "(?i)order 1(1|2)5 "', (s) => /order 1[12]5 /.test(s.message)],
    ['{app="api"} | json | http_status >= 500', (s) => s.service === 'api' && s.status === 500],
    ['{} | size > 500 | status!="x"', (s) => s.status === 500],
    ['{service_name=~".+"} |> "order <_> paid <_>"', (s) => s.message.includes('paid')],
    ['{nothing="x"}', () => false],
  ] as [string, (sent: Sent) => boolean][])('%s', async (query, is) => {
    expect(await sortedLines(query)).toEqual(messagesWhere(is));
  });

  test('come in streams by their labels, newest first; other fields are structured metadata', async () => {
    const found = await streams('{service_name="api", component="db"} | level="error"', {}, CATEGORIZED);
    expect(new Set(found.map(({ stream }) => JSON.stringify(Object.keys(stream))))).toEqual(
      new Set(['["service_name","component","environment","host","level"]']),
    );
    for (const { values } of found) {
      const times = values.map(([time]) => BigInt(time));
      expect(times).toEqual(times.toSorted((a, b) => (a < b ? 1 : -1)));
    }
    const [, , more] = found[0]!.values[0]!;
    expect(more).toEqual({
      structuredMetadata: {
        detected_level: 'error',
        http_status: expect.stringMatching(/^[25]00$/),
        region: expect.stringMatching(/^eu-/),
        size: expect.any(String),
      },
    });
  });

  test('without the header of Grafana, all labels are labels of the stream', async () => {
    const [one] = await streams('{service_name="api"} | drop size, deployment_version', { limit: 1 });
    expect(Object.keys(one!.stream).toSorted()).toEqual(
      ['service_name', 'component', 'environment', 'host', 'level', 'detected_level', 'region', 'http_status']
        .filter((name) => name !== 'component' || one!.stream.component)
        .toSorted(),
    );
    const [kept] = await streams('{service_name="api"} | keep region', { limit: 1 });
    expect(Object.keys(kept!.stream)).toEqual(['region']);
  });

  test('limit, direction, since, interval and the forms of times', async () => {
    const forward = await streams('{}', { limit: 10, direction: 'forward' });
    expect(linesOf(forward).toSorted()).toEqual(messagesWhere(({ ms }) => ms < START + 30_000));
    const backward = await streams('{}', { limit: 10, direction: 'BACKWARD' });
    expect(linesOf(backward).toSorted()).toEqual(messagesWhere(({ ms }) => ms >= START + 60 * MINUTE - 30_000));
    const apart = linesOf(await streams('{}', { interval: '60s', direction: 'forward' })).toSorted();
    expect(apart).toEqual(messagesWhere(({ ms }) => (ms - START) % MINUTE === 0));
    const minute = messagesWhere(({ ms }) => ms < START + MINUTE);
    const end = START + MINUTE;
    for (const times of [
      { start: nanos(START), end: nanos(end) },
      { start: START / 1000, end: end / 1000 },
      { start: `${START / 1000}.000`, end: `${end / 1000}.0` },
      { start: new Date(START).toISOString(), end: new Date(end).toISOString() },
    ]) {
      expect(await sortedLines('{}', times)).toEqual(minute);
    }
    // A client that polls continues a nanosecond after the last line, and gets no line twice.
    const polled = { start: `${START}000001`, end: nanos(START + 3001), limit: 100 };
    expect(await sortedLines('{}', polled)).toEqual(messagesWhere(({ ms }) => ms === START + 3000));
    const answer = await ask('query_range', { query: '{}', end: nanos(end), since: '1m', limit: 100 });
    expect(linesOf(answer.data.result).toSorted()).toEqual(minute);
  });

  test('a form in a POST means the same', async () => {
    const body = new URLSearchParams({ query: '{service_name="api"} |= "paid"', ...HOUR, limit: '5000' });
    const response = await fetch(`${server.url}/loki/api/v1/query_range`, { method: 'POST', body });
    const { data } = (await response.json()) as LokiAnswer;
    expect(linesOf(data.result).toSorted()).toEqual(
      messagesWhere((s) => s.service === 'api' && s.message.includes('paid')),
    );
    const large = new URLSearchParams({ query: 'x'.repeat(300_000) });
    const refused = await fetch(`${server.url}/loki/api/v1/query_range`, { method: 'POST', body: large });
    expect([refused.status, ((await refused.json()) as LokiAnswer).status]).toEqual([413, 'error']);
  });
});

/** What a metric query means, by hand. */
function naive(
  query: {
    of?: 'records' | 'bytes';
    rangeMs: number;
    divide?: number;
    is?: (sent: Sent) => boolean;
    by: (sent: Sent) => object;
  },
  times: readonly number[],
): Map<string, [number, string][]> {
  const series = new Map<string, [number, string][]>();
  for (const time of times) {
    const sums = new Map<string, number>();
    for (const sent of SENT) {
      if (sent.ms < time - query.rangeMs || sent.ms >= time || query.is?.(sent) === false) continue;
      const key = JSON.stringify(query.by(sent));
      sums.set(key, (sums.get(key) ?? 0) + (query.of === 'bytes' ? Buffer.byteLength(sent.message) : 1));
    }
    for (const [key, sum] of sums) {
      const points = series.get(key) ?? [];
      series.set(key, points);
      points.push([time / 1000, String(sum / (query.divide ?? 1))]);
    }
  }
  return series;
}

const seriesOf = (result: readonly Sampled[]): Map<string, [number, string][]> =>
  new Map(result.map(({ metric, values }) => [JSON.stringify(metric), values!]));

const timesOf = (start: number, end: number, step: number): number[] =>
  Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);

describe('counts', () => {
  const HOUR_MS = 60 * MINUTE;
  const ofStream = (s: Sent) => ({
    service_name: s.service,
    ...(s.component ? { component: s.component } : {}),
    environment: s.environment,
    host: s.host,
    level: s.level,
  });
  /** The series of an instant query over the hour, by their labels. */
  const instant = async (query: string): Promise<Map<string, number>> => {
    const answer = await ask('query', { query, time: nanos(START + HOUR_MS) });
    expect(answer, query).toMatchObject({ code: 200, data: { resultType: 'vector' } });
    const found = answer.data.result as Sampled[];
    return new Map(found.map(({ metric, value }) => [JSON.stringify(metric), Number(value![1])]));
  };
  /** The records of the hour by labels, by hand. */
  const counted = (by: (s: Sent) => object, is: (s: Sent) => boolean = () => true): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const sent of SENT.filter(is)) {
      const key = JSON.stringify(by(sent));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  };

  test('labels of an aggregation are counted below operators and below topk and bottomk', async () => {
    const byRegion = (s: Sent) => ({ region: s.region });
    const COUNT_ALL = 'count_over_time({}[1h])';
    const twice = new Map(Array.from(counted(byRegion), ([key, count]) => [key, 2 * count]));
    expect(await instant(`sum by (region) (${COUNT_ALL} * 2)`)).toEqual(twice);
    expect(await instant(`sum by (region) (${COUNT_ALL} + ${COUNT_ALL})`)).toEqual(twice);
    expect(await instant(`sum by (region) (topk(10000, ${COUNT_ALL}))`)).toEqual(counted(byRegion));
    expect(await instant(`sum by (region) (bottomk(10000, 1 * ${COUNT_ALL}))`)).toEqual(counted(byRegion));
    expect(await instant(`sum by (region) (sum without (host) (${COUNT_ALL}))`)).toEqual(counted(byRegion));
    // The comparison is of each stream, so the sum must not come before it.
    const streams = counted((s) => ({ ...ofStream(s), region: s.region }));
    const above = new Map<string, number>();
    for (const [key, count] of streams) {
      if (count <= 20) continue;
      const { region } = JSON.parse(key);
      above.set(JSON.stringify({ region }), (above.get(JSON.stringify({ region })) ?? 0) + count);
    }
    expect(await instant(`sum by (region) (${COUNT_ALL} > 20)`)).toEqual(above);
  });

  test('drop and keep choose the labels of series', async () => {
    const isApi = (s: Sent) => s.service === 'api';
    expect(await instant('count_over_time({service_name="api"} | drop service_name, host [1h])')).toEqual(
      counted((s) => {
        const { service_name, host, ...rest } = ofStream(s);
        return rest;
      }, isApi),
    );
    expect(await instant('count_over_time({} | keep level [1h])')).toEqual(counted(({ level }) => ({ level })));
    expect(await instant('sum by (region, level) (count_over_time({} | drop region [1h]))')).toEqual(
      counted(({ level }) => ({ level })),
    );
  });

  test.each([
    ['sum(count_over_time({}[1m]))', 60, 60_000, { by: () => ({}) }],
    ['sum by (level) (count_over_time({}[5m]))', 60, 300_000, { by: (s: Sent) => ({ level: s.level }) }],
    [
      'sum by (level, detected_level) (count_over_time({} | drop __error__[15s]))',
      15,
      15_000,
      { by: (s: Sent) => ({ level: s.level, detected_level: s.level }) },
    ],
    [
      'sum by (service_name) (rate({level!="info"}[7m]))',
      180,
      420_000,
      { divide: 420, is: (s: Sent) => s.level !== 'info', by: (s: Sent) => ({ service_name: s.service }) },
    ],
    [
      'sum(count_over_time({}[1m])) by (component)',
      600,
      60_000,
      { by: (s: Sent) => (s.component ? { component: s.component } : {}) },
    ],
    [
      'sum by (region) (count_over_time({service_name="api"} | region!="" [100s]))',
      130,
      100_000,
      { is: (s: Sent) => s.service === 'api', by: (s: Sent) => ({ region: s.region }) },
    ],
    [
      'sum by (http_status) (count_over_time({} |= "paid" [2m]))',
      60,
      120_000,
      { is: (s: Sent) => s.message.includes('paid'), by: (s: Sent) => ({ http_status: String(s.status) }) },
    ],
    [
      'sum by (host) (bytes_over_time({}[2m]))',
      120,
      120_000,
      { of: 'bytes' as const, by: (s: Sent) => ({ host: s.host }) },
    ],
    ['sum(bytes_rate({}[90s]))', 37, 90_000, { of: 'bytes' as const, divide: 90, by: () => ({}) }],
    ['sum(count_over_time({}[5m] offset 10m))', 60, 300_000, { offset: 600_000, by: () => ({}) }],
  ])('%s with a step of %i s', async (query, step, rangeMs, by) => {
    const answer = await ask('query_range', { query, ...HOUR, step: `${step * 1000}ms` });
    expect(answer).toMatchObject({ code: 200, data: { resultType: 'matrix' } });
    const { offset = 0, ...rest } = by as { offset?: number; by: (sent: Sent) => object };
    const times = timesOf(START, START + HOUR_MS, step * 1000);
    const expected = naive(
      { rangeMs, ...rest },
      times.map((time) => time - offset),
    );
    const moved = new Map(
      Array.from(expected, ([key, points]) => [key, points.map(([at, value]) => [at + offset / 1000, value])]),
    );
    expect(seriesOf(answer.data.result)).toEqual(moved);
  });

  test('times that are no whole minutes move to the next one where step and range are whole minutes', async () => {
    const shifted = { start: nanos(START + 10_500), end: nanos(START + 30 * MINUTE), step: 300 };
    const answer = await ask('query_range', { query: 'sum(count_over_time({}[5m]))', ...shifted });
    const times = timesOf(START + MINUTE, START + 30 * MINUTE, 5 * MINUTE);
    expect(seriesOf(answer.data.result)).toEqual(naive({ rangeMs: 5 * MINUTE, by: () => ({}) }, times));
    const exact = await ask('query_range', { query: 'sum(count_over_time({}[301s]))', ...shifted });
    const others = timesOf(START + 10_500, START + 30 * MINUTE, 5 * MINUTE);
    expect(seriesOf(exact.data.result)).toEqual(naive({ rangeMs: 301_000, by: () => ({}) }, others));
  });

  test('without an aggregation, the series are those of streams', async () => {
    const answer = await ask('query', {
      query: 'count_over_time({service_name="api"}[1h])',
      time: nanos(START + HOUR_MS),
    });
    const by = (s: Sent) => ({
      service_name: s.service,
      ...(s.component ? { component: s.component } : {}),
      environment: s.environment,
      host: s.host,
      level: s.level,
    });
    const expected = naive({ rangeMs: HOUR_MS, is: (s) => s.service === 'api', by }, [START + HOUR_MS]);
    const found = answer.data.result as Sampled[];
    expect(new Map(found.map(({ metric, value }) => [JSON.stringify(metric), [value]]))).toEqual(expected);
  });

  test.each([
    ['topk(2, sum by (region) (count_over_time({level="error"}[1h])))', 'eu-4', '240'],
    ['bottomk(1, sum by (service_name) (count_over_time({service_name=~"api|web"} |= "paid" [1h])))', undefined, '57'],
    ['max(sum by (host) (count_over_time({}[1h])))', undefined, '300'],
    ['min(sum by (host) (count_over_time({}[1h])))', undefined, '300'],
    ['avg(sum by (service_name) (count_over_time({}[1h])))', undefined, '400'],
    ['count(sum by (region) (count_over_time({}[1h])))', undefined, '5'],
    ['avg by (region) (count_over_time({region="eu-1"}[1h]))', 'eu-1', undefined],
    ['sum without (host, level, component, environment) (count_over_time({service_name="api"}[1h]))', undefined, '400'],
    ['sum(count_over_time({level="error"}[1h])) / sum(count_over_time({}[1h])) * 100', undefined, '20'],
    ['sum(count_over_time({}[1h])) > 1199', undefined, '1200'],
    ['sum(count_over_time({}[1h])) > bool 1200', undefined, '0'],
    ['1200 == sum(count_over_time({}[1h]))', undefined, '1200'],
    ['vector(1)+vector(1)', undefined, '2'],
  ])('%s', async (query, region, value) => {
    const { data } = await ask('query', { query, time: nanos(START + HOUR_MS) });
    expect(data.resultType).toBe('vector');
    if (region !== undefined) expect(data.result[0].metric.region).toBe(region);
    if (value !== undefined) expect(data.result[0].value).toEqual([(START + HOUR_MS) / 1000, value]);
    expect(data.result.length).toBeGreaterThan(0);
  });

  test("the data source's own test, as Grafana sends it", async () => {
    const answer = await ask('query', { query: 'vector(1)+vector(1)', time: '4000000000', direction: 'backward' });
    expect(answer.data).toMatchObject({ resultType: 'vector', result: [{ metric: {}, value: [4_000_000_000, '2'] }] });
    expect((await ask('query', { query: '1 / 0' })).data).toMatchObject({
      resultType: 'scalar',
      result: [expect.any(Number), '+Inf'],
    });
    expect((await ask('query', { query: 'sum(count_over_time({}[1h])) > 5000' })).data.result).toEqual([]);
  });

  test('what is beyond a limit is an error that says what to do', async () => {
    const COUNTED = 'sum(count_over_time({}[1m]))';
    expect(await errorOf(COUNTED, { step: '300ms' })).toContain('at most 11000 points');
    expect(await errorOf(COUNTED, { step: '0' })).toContain('step: expected');
    expect(await errorOf('{}', { limit: 5001 })).toContain('from 1 to 5000');
    expect(await errorOf('{}', { limit: 0 })).toContain('from 1 to 5000');
    expect(await errorOf('{}', { start: '0' })).toContain('at most 366d');
    expect(await errorOf('{}', { start: nanos(START + 2 * HOUR_MS) })).toContain('after start');
    expect(await errorOf('{}', { direction: 'up' })).toContain('forward or backward');
    expect(await errorOf('{}', { start: 'yesterday' })).toContain('RFC 3339');
    expect(await errorOf('sum by (uid) (count_over_time({}[1h]))', { step: 3600 })).toContain(
      'at most 500 series, got 1200',
    );
    expect(await errorOf('sum by (message) (count_over_time({}[1h]))')).toContain(
      'message: expected a label with short',
    );
    expect(await errorOf('{}', {}, 'query')).toContain('use query_range');
    expect(await errorOf('{a=~"b[c]"}', {}, 'index/volume')).toContain('Weir has no `[`');
    expect(await errorOf(`{} | ${Array.from({ length: 201 }, (_, i) => `a="${i}"`).join(' | ')}`)).toContain(
      '200 conditions',
    );
  });
});

test.each(GRAFANA_QUERIES)('what Grafana sends is answered: $query', async ({ query, missing }) => {
  const isInstant = query.startsWith('vector');
  const answer = await ask(
    isInstant ? 'query' : 'query_range',
    { query, ...HOUR, step: '10000ms', limit: 100, direction: 'backward' },
    CATEGORIZED,
  );
  if (missing === undefined) return expect(answer, query).toMatchObject({ code: 200, status: 'success' });
  expect(answer).toMatchObject({ code: 400, status: 'error' });
  expect(answer.message).toContain(missing);
});

describe('labels', () => {
  test('names and values', async () => {
    expect((await ask('labels', HOUR)).data).toEqual(['service_name', 'component', 'environment', 'host', 'level']);
    expect((await ask('label', { ...HOUR, query: '{component=""}' })).data).toEqual([
      'service_name',
      'environment',
      'host',
      'level',
    ]);
    const valuesOf = async (name: string, more = {}) => (await ask(`label/${name}/values`, { ...HOUR, ...more })).data;
    expect(await valuesOf('service_name')).toEqual(['api', 'web', 'worker']);
    expect(await valuesOf('level', { query: '{level!="info"}' })).toEqual(['error', 'warn']);
    expect(await valuesOf('host')).toEqual(['host-0', 'host-1', 'host-2', 'host-3']);
    expect(await valuesOf('region')).toEqual(['eu-0', 'eu-1', 'eu-2', 'eu-3', 'eu-4']);
    expect(await valuesOf('app', { query: '{service_name=~"api|web"}' })).toEqual(['api', 'web']);
    expect(await valuesOf('none')).toEqual([]);
    expect(await valuesOf('__error__')).toEqual([]);
  });

  test('a name that is no label, or that objects have in JavaScript', async () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(await ask(`label/${name}/values`, HOUR), name).toMatchObject({ code: 200, data: [] });
      expect(await ask(`detected_field/${name}/values`, HOUR), name).toMatchObject({ code: 200, values: [] });
    }
    for (const name of ['%00', 'a%20b', '%ED%A0%80']) {
      const answer = await ask(`label/${name}/values`, HOUR);
      expect(answer, name).toMatchObject({ code: 400, message: expect.stringContaining('the name of a label') });
    }
    expect(await errorOf('{}', { targetLabels: 'a,b\0' }, 'index/volume')).toContain('expected names of labels');
  });

  test('labels are bounded in number and size', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `a_b_c_d_e_f_${i}`).join(',');
    expect(await errorOf('{}', { targetLabels: names(21) }, 'index/volume')).toContain('at most 20 names, got 21');
    expect(await ask('index/volume', { ...HOUR, query: '{}', targetLabels: names(20) })).toMatchObject({ code: 200 });
    expect(
      await ask('query_range', { ...HOUR, query: `sum by (${names(20)}) (count_over_time({}[1h]))`, step: 3600 }),
    ).toMatchObject({ code: 200 });
    for (const name of ['message', 'stack_trace', 'exception_stacktrace']) {
      const answer = await ask(`label/${name}/values`, HOUR);
      expect(answer, name).toMatchObject({ code: 400, message: expect.stringContaining('short values') });
    }
  });

  test('series', async () => {
    const { data } = await ask('series', { ...HOUR, 'match[]': '{service_name="api", level="error"}' });
    const by = ({ service, component, environment, host, level }: Sent) =>
      JSON.stringify({ service_name: service, ...(component && { component }), environment, host, level });
    const expected = new Set(SENT.filter((s) => s.service === 'api' && s.level === 'error').map(by));
    expect(new Set(data.map((labels: object) => JSON.stringify(labels)))).toEqual(expected);
    expect(await ask('series', HOUR)).toMatchObject({ code: 400, message: expect.stringContaining('match[]') });
  });

  test('detected labels and fields', async () => {
    const { detectedLabels } = await ask('detected_labels', HOUR);
    expect(
      Object.fromEntries(
        detectedLabels.map((one: { label: string; cardinality: number }) => [one.label, one.cardinality]),
      ),
    ).toEqual({
      service_name: 3,
      component: 1,
      environment: 1,
      host: 4,
      level: 3,
    });
    const { fields, limit } = await ask('detected_fields', {
      ...HOUR,
      query: '{service_name="api"}   | json | logfmt',
      limit: 500,
    });
    expect(limit).toBe(500);
    expect(fields).toContainEqual({ label: 'region', type: 'string', cardinality: 5, parsers: null });
    expect(fields).toContainEqual({ label: 'http_status', type: 'int', cardinality: 2, parsers: null });
    expect(fields).toContainEqual({ label: 'detected_level', type: 'string', cardinality: 3, parsers: null });
    const values = await ask('detected_field/region/values', { ...HOUR, query: '{service_name="api"}', limit: 3 });
    expect(values.values).toHaveLength(3);
    expect((await ask('detected_field/detected_level/values', HOUR)).values.toSorted()).toEqual([
      'error',
      'info',
      'warn',
    ]);
  });

  test('statistics and volumes of the index', async () => {
    const stats = await ask('index/stats', { ...HOUR, query: '{service_name="api"}' });
    expect(stats).toMatchObject({ entries: 400, streams: 6 });
    const bytes = SENT.filter((s) => s.service === 'api').reduce((sum, s) => sum + Buffer.byteLength(s.message), 0);
    expect(Math.abs(stats.bytes - bytes) / bytes).toBeLessThan(0.01);
    const { data } = await ask('index/volume', { ...HOUR, query: '{service_name=~".+"}', limit: 2 });
    expect(data.result.map(({ metric }: Sampled) => Object.keys(metric))).toEqual([['service_name'], ['service_name']]);
    const total = Number(data.result[0].value[1]);
    expect(Math.abs(total - bytes) / bytes).toBeLessThan(0.05);
    const byLabels = await ask('index/volume', {
      ...HOUR,
      query: '{}',
      targetLabels: 'component,level',
      aggregateBy: 'labels',
    });
    expect(byLabels.data.result.map(({ metric }: Sampled) => metric)).toEqual([{ level: '' }, { component: '' }]);
    const part = { start: nanos(START), end: nanos(START + 15 * MINUTE), query: '{service_name="api"}' };
    const ofPart = await ask('index/volume', part);
    const slots = await ask('index/volume_range', { ...part, step: '10m' });
    const sum = slots.data.result[0].values.reduce(
      (all: number, [, value]: [number, string]) => all + Number(value),
      0,
    );
    expect(Math.abs(sum - Number(ofPart.data.result[0].value[1]))).toBeLessThan(2);
    const range = await ask('index/volume_range', { ...HOUR, query: '{service_name="api"}', step: '10m' });
    expect(range.data.resultType).toBe('matrix');
    expect(range.data.result).toHaveLength(1);
    expect(range.data.result[0].values.map(([at]: [number]) => at)).toEqual(
      timesOf(START / 1000, START / 1000 + 3000, 600),
    );
  });

  test('what Grafana asks about the server', async () => {
    expect(await ask('status/buildinfo')).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      branch: 'weir',
    });
    expect(await ask('drilldown-limits')).toMatchObject({
      limits: { volume_enabled: true, max_entries_limit_per_query: 5000 },
    });
    expect(await ask('rules')).toMatchObject({ code: 404, status: 'error' });
    expect(await ask('tail', { query: '{}' })).toMatchObject({
      code: 400,
      message: expect.stringContaining('websocket'),
    });
  });
});

test('patterns, and the lines of each of them', async () => {
  const { data } = await ask('patterns', { ...HOUR, query: '{service_name="api"}', step: '600s' });
  const found = data as { pattern: string; level: string; samples: [number, number][] }[];
  const countOf = ({ samples }: { samples: [number, number][] }): number =>
    samples.reduce((sum, [, count]) => sum + count, 0);
  expect(found.reduce((sum, one) => sum + countOf(one), 0)).toBe(400);
  expect(found[0]!.pattern).toBe('order <_> sent');
  expect(found[0]!.samples.map(([at]) => at)).toEqual(timesOf(START / 1000, START / 1000 + 3000, 600));
  for (const pattern of found) {
    const query = `{service_name="api"} |> ${JSON.stringify(pattern.pattern)}`;
    expect((await sortedLines(query)).length, pattern.pattern).toBe(countOf(pattern));
  }
});

test('the filter of a query finds the same records in Postgres and in memory', async () => {
  for (const query of [
    '{user_agent_name=~"a.*|.*b.*"}',
    '{app!="x"} | json | a_b_c=~"1|true|"',
    '{level=~".*r.*"} !~ "x|^y"',
  ]) {
    const filter = compileMatch(filterOfLogQuery(parseMatchers(query), query));
    const sent = SENT.map((s) =>
      record({
        message: s.message,
        service: s.service,
        severityNumber: WORDS.indexOf(s.level) * 4 + 1,
        attributes: { region: s.region },
      }),
    );
    expect((await sortedLines(query)).length, query).toBe(sent.filter(filter).length);
  }
});
