import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { DatabaseUnavailable } from '../../../src/errors.ts';
import { createSelfLog, type SelfLog } from '../../../src/ingest/self-log/self-log.ts';
import type { Batch } from '../../../src/ingest/write/batch.ts';
import { type Batcher, createBatcher } from '../../../src/ingest/write/batcher.ts';
import { createIngest } from '../../../src/ingest/write/ingest.ts';
import type { NewRecord } from '../../../src/log/record.ts';
import { alsoTo, createLogger } from '../../../src/logger.ts';
import { createRegistry } from '../../../src/metrics/registry.ts';
import { until } from '../../support/server.ts';

const BUFFER_BYTES_MAX = 64 * 1024 * 1024;
const DAY_MS = 86_400_000;
let selfLog: SelfLog;
afterEach(() => selfLog[Symbol.dispose]());

/** A log whose lines go to a batcher that no writer empties: the test is the writer. */
function start(bufferBytesMax = BUFFER_BYTES_MAX) {
  const registry = createRegistry();
  const batcher = createBatcher({ bytesMax: bufferBytesMax });
  const ingest = createIngest(batcher, {
    maxAgeMs: DAY_MS,
    environment: 'test',
    deploymentVersion: null,
    redactor: null,
  });
  const written: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => void written.push(line) });
  selfLog = createSelfLog(registry);
  alsoTo(log, selfLog.take);
  const target = { ingest, batcher, bufferBytesMax, log };
  const dropped = (reason: string): number => registry.counter('weir_self_log_dropped_total', reason).value;
  return { log, written, batcher, ingest, dropped, store: () => selfLog.storeIn(target) };
}

async function takeRecords(batcher: Batcher): Promise<{ batch: Batch; records: NewRecord[] }> {
  const batch = (await batcher.take())!;
  return { batch, records: batch.waiting.flatMap(({ submission }) => submission.records) };
}

function accept({ waiting }: Batch): void {
  for (const { resolve, submission } of waiting) {
    resolve({ accepted: submission.records.length, duplicates: 0, rejected: [], durability: 'DATABASE', cursor: null });
  }
}

test('a line is a record of the service weir, with its component, level, time and error; lines of the start too', async () => {
  const { log, batcher, store } = start();
  log.child({ component: 'hub' }).error({ err: new TypeError('broken'), tails: 3 }, 'tails wait');
  store();
  log.info('ready');
  const { records } = await takeRecords(batcher);
  expect(records.map(({ message }) => message)).toEqual(['tails wait', 'ready']);
  expect(records[0]).toMatchObject({
    service: 'weir',
    component: 'hub',
    environment: 'test',
    severityNumber: 17,
    attributes: expect.objectContaining({ tails: 3 }),
  });
  expect(JSON.stringify(records[0])).toContain('TypeError: broken');
});

test('a line is taken without the secrets of the server', async () => {
  const { batcher, ingest } = start();
  const log = createLogger('info', ['s3cret'], { write: () => {} });
  alsoTo(log, selfLog.take);
  selfLog.storeIn({ ingest, batcher, bufferBytesMax: BUFFER_BYTES_MAX, log });
  log.child({ component: 'bus' }).warn({ err: new Error('AUTH s3cret failed') }, 'Redis is away');
  const { records } = await takeRecords(batcher);
  expect(records.map(({ message }) => message)).toEqual(['Redis is away']);
  expect(JSON.stringify(records)).toContain('AUTH *** failed');
  expect(JSON.stringify(records)).not.toContain('s3cret');
});

test('too many lines at once are dropped and counted, and the next submission tells it', async () => {
  const { log, batcher, dropped, store } = start();
  for (let i = 0; i < 1500; i++) log.info({ i }, 'a line');
  expect(dropped('full')).toBe(500);
  store();
  const first = await takeRecords(batcher);
  expect(first.records).toHaveLength(1001);
  expect(first.records[0]!.message).toContain('500 lines');
  expect(first.records[0]!.attributes).toMatchObject({ full: 500 });
  accept(first.batch);
  await first.batch.waiting[0]!.result;
  log.info('later');
  const { records } = await takeRecords(batcher);
  expect(records.map(({ message }) => message)).toEqual(['later']);
});

test('a line longer than the buffer is dropped', () => {
  const { log, dropped } = start();
  log.info({ long: 'x'.repeat(2 * 1024 * 1024) }, 'a long line');
  expect(dropped('full')).toBe(1);
});

test('when the batcher is more than half full, lines are dropped: records of senders have precedence', async () => {
  const { log, batcher, ingest, dropped, store } = start(100_000);
  const record = (size: number) => ({ records: [{ bytes: size } as NewRecord], rejected: [], idempotency: null });
  const sent = ingest.store(record(60_000));
  store();
  log.info('a line');
  await until(() => dropped('busy') === 1);
  const { batch, records } = await takeRecords(batcher);
  expect(records).toHaveLength(1);
  accept(batch);
  await sent;
  log.info('another line');
  expect((await takeRecords(batcher)).records.map(({ message }) => message)).toEqual([
    '1 lines of the log of this server were not stored as records: they are on its stderr',
    'another line',
  ]);
});

test('while its lines are being stored, lines about ingest are dropped, and others wait', async () => {
  const { log, batcher, dropped, store } = start();
  const aboutIngest = log.child({ component: 'ingest' });
  store();
  aboutIngest.warn('before');
  const { batch, records } = await takeRecords(batcher);
  expect(records.map(({ message }) => message)).toEqual(['before']);
  aboutIngest.warn('a batch could not be stored');
  log.child({ component: 'hub' }).info('something else');
  expect(dropped('loop')).toBe(1);
  accept(batch);
  const next = await takeRecords(batcher);
  expect(next.records.map(({ message }) => message)).toEqual([expect.stringContaining('1 lines'), 'something else']);
});

test('a failure to store lines is said once on stderr and never stored; the lines are counted and told later', async () => {
  const { log, written, batcher, dropped, store } = start();
  store();
  for (const message of ['first', 'second']) {
    log.info(message);
    const { batch } = await takeRecords(batcher);
    for (const { reject } of batch.waiting) reject(new DatabaseUnavailable('the logs database does not respond'));
    await until(() => dropped('failed') === (message === 'first' ? 1 : 2));
  }
  log.info('third');
  const { records } = await takeRecords(batcher);
  expect(records.map(({ message }) => message)).toEqual([expect.stringContaining('2 lines'), 'third']);
  expect(written.filter((line) => line.includes('could not be stored as records'))).toHaveLength(1);
});

test('when the server closes, what waits is submitted at once', async () => {
  const { log, batcher, store } = start();
  store();
  log.info('the last line');
  selfLog.end();
  log.info('too late');
  expect(batcher.depth().records).toBe(1);
});
