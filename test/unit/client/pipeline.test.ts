import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { contextFields, withContext } from '../../../client/src/context.ts';
import { pipeline, setLog } from '../../../client/src/pipeline.ts';
import { createLines, type Line } from '../../support/client/lines.ts';

const told = ({ component, msg }: Line) => [component, msg];

test('without a log a pipeline fails before it starts, and says what to do', async () => {
  await expect(pipeline('nightly', () => 1)).rejects.toThrow(/setLog\(log\)/);
});

test('a run has records at its start and end, and those of its stages between, each with its component', async () => {
  const { log, lines } = createLines();
  const result = await pipeline('nightly', { log, id: 'run-1' }, async (run) => {
    const rows = await run.stage('extract', async (stage) => {
      log.info('by the logger of the application');
      stage.set({ rows: 2 });
      return [1, 2];
    });
    return run.stage('load', (stage) => {
      stage.log.warn({ table: 'a' }, 'by the log of the stage');
      return rows.length;
    });
  });
  expect(result).toBe(2);
  expect(lines.map(told)).toEqual([
    ['nightly', 'nightly started'],
    ['extract', 'extract started'],
    ['extract', 'by the logger of the application'],
    ['extract', 'extract finished'],
    ['load', 'load started'],
    ['load', 'by the log of the stage'],
    ['load', 'load finished'],
    ['nightly', 'nightly finished'],
  ]);
  for (const line of lines) expect(line).toMatchObject({ pipeline_id: 'run-1', correlation_id: 'run-1' });
  expect(lines[3]).toMatchObject({
    rows: 2,
    status: 'succeeded',
    pipeline: 'nightly',
    duration_ms: expect.any(Number),
  });
  expect(lines[5]).toMatchObject({ level: 40, table: 'a' });
  expect(contextFields()).toEqual({});
});

test('an error is thrown again, and is in the record of each stage that it ends; its stack is there once', async () => {
  const { log, lines } = createLines();
  const failure = new RangeError('disk full');
  const run = pipeline('nightly', { log }, (outer) =>
    outer.stage('load', (load) =>
      load.stage('write', () => {
        throw failure;
      }),
    ),
  );
  await expect(run).rejects.toBe(failure);
  expect(lines.filter(({ level }) => level === 50)).toMatchObject([
    {
      component: 'load/write',
      status: 'failed',
      err: { type: 'RangeError', stack: expect.stringContaining('disk full') },
    },
    { component: 'load', err: { message: 'disk full', stack: '' } },
    { component: 'nightly', err: { message: 'disk full', stack: '' } },
  ]);
});

test('an error that the application handles does not end the run', async () => {
  const { log, lines } = createLines();
  await pipeline('nightly', { log }, async (run) => {
    await run
      .stage('optional', () => {
        throw 'a text';
      })
      .catch(() => {});
  });
  expect(lines.map(({ component, status }) => [component, status])).toEqual([
    ['nightly', 'running'],
    ['optional', 'running'],
    ['optional', 'failed'],
    ['nightly', 'succeeded'],
  ]);
});

test('stages side by side keep their lines apart', async () => {
  const { log, lines } = createLines();
  await pipeline('nightly', { log }, (run) =>
    Promise.all(
      ['a', 'b', 'c'].map((name) =>
        run.stage(name, async () => {
          for (let i = 0; i < 3; i++) await new Promise(setImmediate);
          log.info(`line of ${name}`);
        }),
      ),
    ),
  );
  const own = lines.filter(({ msg }) => msg.startsWith('line of'));
  expect(own.map(({ component, msg }) => msg === `line of ${component}`)).toEqual([true, true, true]);
});

test('a run within a run has its own id, and the chain of the outer one', async () => {
  const { log, lines } = createLines();
  await withContext({ correlation_id: 'c-1' }, () =>
    pipeline('outer', { log, id: 'o' }, (run) => run.stage('step', () => pipeline('inner', { log, id: 'i' }, () => 1))),
  );
  expect(lines.find(({ component }) => component === 'inner')).toMatchObject({
    pipeline_id: 'i',
    parent_pipeline_id: 'o',
    correlation_id: 'c-1',
  });
  expect(lines.at(-1)).toMatchObject({ component: 'outer', pipeline_id: 'o', correlation_id: 'c-1' });
  expect(lines.at(-1)).not.toHaveProperty('parent_pipeline_id');
});

test('lines of a logger without the mixin have the fields in the records of the stages', async () => {
  const lines: Line[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  await pipeline('nightly', { log, id: 'run-1', fields: { region: 'eu' } }, (run) =>
    run.stage('extract', (stage) => stage.log.info({}, 'here')),
  );
  expect(lines.find(({ msg }) => msg === 'here')).toMatchObject({
    pipeline_id: 'run-1',
    component: 'extract',
    region: 'eu',
  });
});

test('a logger that throws does not end a run', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  const log = { debug: broken, info: broken, warn: broken, error: broken };
  expect(await pipeline('nightly', { log }, (run) => run.stage('extract', () => 7))).toBe(7);
});

describe('with setLog', () => {
  test('a pipeline needs no options, and ids of runs differ', async () => {
    const { log, lines } = createLines();
    setLog(log);
    for (let i = 0; i < 2; i++) await pipeline('nightly', () => {});
    const ids = new Set(lines.map(({ pipeline_id }) => pipeline_id));
    expect(ids.size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^nightly-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
  });
});
