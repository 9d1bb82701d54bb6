import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { openDayFile } from '../../../client/src/files/day-file.ts';
import { keepFiles } from '../../../client/src/files/keep.ts';
import { createLogFiles, createMetric } from '../../../client/src/files.ts';
import { runProgram } from '../../support/client/run-program.ts';
import { startTestServer } from '../../support/server.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = (): string => mkdtempSync(join(root, 'files-'));

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2025, 6, 6, 12);
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const fail = (error: Error): never => {
  throw error;
};
const format = (record: object): string => JSON.stringify(record);

test("a program's lines come into the files of their kinds through pino's worker, also at process.exit", async () => {
  const dir = folder();
  const program = `
    import { pino } from 'pino';
    import { createMetric } from ${JSON.stringify(join(import.meta.dirname, '../../../client/src/files.ts'))};
    const target = ${JSON.stringify(join(import.meta.dirname, '../../../client/src/files.ts'))};
    const options = { topic: 'leads', dir: ${JSON.stringify(dir)} };
    const log = pino({ level: 'debug', transport: { targets: [{ target, level: 'trace', options }] } });
    log.debug('details');
    log.info({ success_rate: 0.924 }, 'Batch complete');
    log.error({ err: new TypeError('no name') }, 'Lead failed');
    createMetric(log)('leads_processed', 500, { batch: 7 });
    log.info({ progress: { status: 'running' } }, 'operation progress');
    process.exit(3);
  `;
  const args = ['--input-type=module', '--eval', program];
  await using run = runProgram(process.execPath, args, {
    ...process.env,
    LOG_LEVEL_DEBUG: '',
    LOG_LEVEL_OPERATIONS: '',
  });
  expect(await run.exited, run.stderr()).toEqual({ code: 3, signal: null });
  expect(run.stderr()).toBe('');
  const [debug] = readdirSync(join(dir, 'debug'));
  expect(debug).toMatch(/^leads-\d{4}-\d{2}-\d{2}\.log$/);
  const day = debug!.slice('leads-'.length);
  expect(readdirSync(join(dir, 'production')).toSorted()).toEqual([
    `errors-${day}`,
    `metrics-${day}`,
    `operations-${day}`,
  ]);
  const messages = read(dir, 'debug', debug!)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg);
  expect(messages).toEqual(['details', 'Batch complete', 'Lead failed', 'metric', 'operation progress']);
  const operations = read(dir, 'production', `operations-${day}`);
  expect(operations).toMatch(
    /^\S+Z INFO Batch complete success_rate=92\.4%\n\S+Z ERROR Lead failed error="TypeError: no name"\n$/,
  );
  expect(read(dir, 'production', `errors-${day}`)).toMatch(
    /^\S+Z ERROR Lead failed [^\n]*\n {4}TypeError: no name\n {4}at /,
  );
  expect(read(dir, 'production', `metrics-${day}`)).toMatch(/^\S+Z INFO leads_processed=500 batch=7\n$/);
});

test('levels decide what comes into the debug and the operations files; errors and metrics are always kept', async () => {
  const dir = folder();
  const files = createLogFiles({ topic: 'leads', dir, debugLevel: 'info', operationsLevel: 'fatal' }, () => NOON);
  files.write('{"level":20,"msg":"a"}\n{"level":30,"msg":"b"}\nnot JSON\n');
  files.write('{"level":50,"time":0,"msg":"c"}\n{"level":20,"time":0,"component":"metrics","metric":"m","value":1}\n');
  await files.close();
  expect(read(dir, 'debug/leads-2025-07-06.log').split('\n')).toEqual([
    '{"level":30,"msg":"b"}',
    'not JSON',
    '{"level":50,"time":0,"msg":"c"}',
    '',
  ]);
  expect(readdirSync(join(dir, 'production')).toSorted()).toEqual(['errors-2025-07-06.log', 'metrics-2025-07-06.log']);
  expect(read(dir, 'production/errors-2025-07-06.log')).toBe('1970-01-01T00:00:00Z ERROR c\n');
});

test('without a worker, the files are a destination of pino', async () => {
  const dir = folder();
  const files = createLogFiles({ topic: 'leads', dir }, () => NOON);
  pino({}, files).warn('Slow');
  await files.close();
  expect(read(dir, 'production/operations-2025-07-06.log')).toMatch(/^\S+Z WARN Slow\n$/);
});

test('a new file begins with each day and when one is full, and a restart goes on with the last one', async () => {
  const dir = folder();
  let now = NOON;
  const open = () => openDayFile({ folder: dir, name: 'leads', bytesMax: 10, format, onError: fail, now: () => now });
  const file = open();
  for (const line of ['12345\n', '67890\n', 'next\n']) file.write(line);
  now += DAY_MS;
  file.write('tomorrow\n');
  await file.close();
  const again = open();
  again.write('more\n');
  again.write('full\n');
  await again.close();
  expect(Object.fromEntries(readdirSync(dir).map((name) => [name, read(dir, name)]))).toEqual({
    'leads-2025-07-06.log': '12345\n67890\n',
    'leads-2025-07-06.1.log': 'next\n',
    'leads-2025-07-07.log': 'tomorrow\nmore\n',
    'leads-2025-07-07.1.log': 'full\n',
  });
});

test('past files are packed, old ones are removed, and all others are left alone', async () => {
  const dir = folder();
  const keep = { folder: dir, name: 'leads', days: 2, bytesMax: 1e6 };
  const names = [
    'leads-2025-07-03.log.gz',
    'leads-2025-07-03.log',
    'leads-2025-07-04.log',
    'leads-2025-07-05.log',
    'leads-2025-07-05.1.log',
    'leads-2025-07-06.log',
    'other-2025-07-01.log',
    'notes.txt',
  ];
  for (const name of names) {
    writeFileSync(join(dir, name), name);
    utimesSync(join(dir, name), new Date(NOON - 3_600_000), new Date(NOON - 3_600_000));
  }
  // Another process may still have lines of yesterday.
  utimesSync(join(dir, 'leads-2025-07-05.1.log'), new Date(NOON - 60_000), new Date(NOON - 60_000));
  await keepFiles(keep, NOON);
  expect(readdirSync(dir).toSorted()).toEqual([
    'leads-2025-07-04.log.gz',
    'leads-2025-07-05.1.log',
    'leads-2025-07-05.log.gz',
    'leads-2025-07-06.log',
    'notes.txt',
    'other-2025-07-01.log',
  ]);
  expect(gunzipSync(readFileSync(join(dir, 'leads-2025-07-05.log.gz'))).toString()).toBe('leads-2025-07-05.log');

  await keepFiles({ ...keep, bytesMax: 45 }, NOON);
  expect(readdirSync(dir).filter((name) => name.startsWith('leads'))).toEqual([
    'leads-2025-07-05.1.log',
    'leads-2025-07-06.log',
  ]);
});

test('two processes that pack at the same time make one whole packed file', async () => {
  const dir = folder();
  const content = 'a line of the day before\n'.repeat(200_000);
  writeFileSync(join(dir, 'leads-2025-07-05.log'), content);
  utimesSync(join(dir, 'leads-2025-07-05.log'), 0, 0);
  const keep = { folder: dir, name: 'leads', days: 2, bytesMax: 1e9 };
  await Promise.all([keepFiles(keep, NOON), keepFiles(keep, NOON)]);
  expect(readdirSync(dir)).toEqual(['leads-2025-07-05.log.gz']);
  expect(gunzipSync(readFileSync(join(dir, 'leads-2025-07-05.log.gz'))).toString() === content).toBe(true);
});

test('a file that cannot be written is said once, and ends nothing', async () => {
  const dir = folder();
  mkdirSync(join(dir, 'leads-2025-07-06.log'));
  const errors: Error[] = [];
  const options = {
    folder: dir,
    name: 'leads',
    bytesMax: 1e9,
    format,
    onError: (error: Error) => void errors.push(error),
  };
  const file = openDayFile({ ...options, now: () => NOON });
  for (let at = 0; at < 20; at++) file.write('x'.repeat(1024 * 1024));
  await file.close();
  expect(errors).toEqual([expect.objectContaining({ code: 'EISDIR' })]);
});

test('a metric is a record of the component `metrics`, and no label takes the place of its parts', () => {
  const lines: object[] = [];
  const none = (): void => {};
  const metric = createMetric({ debug: none, warn: none, error: none, info: (fields) => void lines.push(fields) });
  metric('leads_processed', 500, { batch: 7, value: 'label' });
  expect(lines).toEqual([{ batch: 7, component: 'metrics', metric: 'leads_processed', value: 500 }]);
});

test('a metric is found in Weir by its name and its number', async () => {
  await using server = await startTestServer();
  const lines: string[] = [];
  const log = pino({ base: { service: 'shop' } }, { write: (line: string) => void lines.push(line) });
  for (const value of [50, 500]) createMetric(log)('leads_processed', value, { batch: 7 });
  await server.ingest(lines.join(''));
  const query = 'component:metrics attributes.metric:leads_processed attributes.value:>100';
  const { data, errors } = await server.query<{ logs: { nodes: { attributes: object }[] } }>(
    'query Figures($query: String!) { logs(filter: { query: $query }) { nodes { attributes } } }',
    { query },
  );
  expect(errors).toBeUndefined();
  expect(data?.logs.nodes).toEqual([{ attributes: expect.objectContaining({ value: 500, batch: 7 }) }]);
});

test('a topic that is no name of a file is refused', () => {
  for (const topic of ['', '../x', 'a/b']) {
    expect(() => createLogFiles({ topic, dir: folder() })).toThrow('topic: expected letters, digits');
  }
});
