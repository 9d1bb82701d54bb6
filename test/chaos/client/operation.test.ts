import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type Progress, readFinished } from '../../../client/src/operation.ts';
import { FAILING, HANDLED_FILE, HANGING } from '../../support/client/operation-program.ts';
import { runOperationProgram } from '../../support/client/run-program.ts';
import { startTestServer, until } from '../../support/server.ts';

const dir = mkdtempSync(join(tmpdir(), 'weir-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

const COUNT = 5000;
const CONCURRENCY = 8;
type FileContent = Progress & { pipeline_id: string };
const read = (name: string): string => readFileSync(join(dir, name), 'utf8');

/** Reads the progress file all the time, and fails if it is not whole once. */
function watchProgress() {
  const seen: FileContent[] = [];
  let reads = 0;
  let ended = false;
  const watching = (async () => {
    for (; !ended; await sleep(1)) {
      let text: string;
      try {
        text = read('leads.json');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' && reads === 0) continue;
        throw error;
      }
      reads++;
      const progress = JSON.parse(text) as FileContent;
      if (seen.at(-1)?.timestamp !== progress.timestamp) seen.push(progress);
    }
  })();
  watching.catch(() => {});
  return {
    seen,
    reads: () => reads,
    async end() {
      ended = true;
      await watching;
    },
  };
}

test('an operation of 5,000 items that is killed three times has one result of each item, and the server sees the same', async () => {
  await using server = await startTestServer();
  const progress = watchProgress();
  const finishedLines = (): number => {
    const path = 'leads.checkpoint.ndjson';
    if (!existsSync(join(dir, path))) return 0;
    return read(path)
      .split('\n')
      .filter((line) => line.startsWith('{"key"')).length;
  };

  for (const [killAt, holdFrom, signal, exit] of [
    [1200, 1400, 'SIGTERM', { code: 143, signal: null }],
    [2400, 3000, 'SIGKILL', { code: null, signal: 'SIGKILL' }],
    [3600, 4400, 'SIGINT', { code: 130, signal: null }],
  ] as const) {
    await using program = runOperationProgram({ dir, count: COUNT, holdFrom });
    await until(() => finishedLines() >= killAt, 60_000);
    program.process.kill(signal);
    expect(await program.exited, program.stderr()).toEqual(exit);
    await server.ingest(program.stdout());
  }
  await using last = runOperationProgram({ dir, count: COUNT });
  expect((await last.exited).code, last.stderr()).toBe(0);
  await server.ingest(last.stdout());
  await progress.end();

  const finished = await Array.fromAsync(readFinished('leads', dir));
  const keys = Array.from({ length: COUNT }, (_, id) => String(id));
  expect(finishedLines(), 'one line for each item').toBe(COUNT);
  expect(finished.map(({ key }) => key).toSorted((a, b) => Number(a) - Number(b))).toEqual(keys);
  for (const item of finished) {
    if (item.key === String(FAILING)) expect(item).toMatchObject({ error: { type: 'TypeError' } });
    else if (item.key === String(HANGING)) expect(item).toMatchObject({ error: { type: 'ItemTimedOut' } });
    else expect(item).toEqual({ key: item.key, result: { doubled: 2 * Number(item.key) } });
  }

  const handled = Map.groupBy(read(HANDLED_FILE).trim().split('\n'), (key) => key);
  const succeeded = keys.filter((key) => ![FAILING, HANGING].map(String).includes(key));
  expect(succeeded.filter((key) => !handled.has(key))).toEqual([]);
  // Only what was in progress at a kill is handled again.
  expect(Array.from(handled.values()).filter(({ length }) => length > 1).length).toBeLessThanOrEqual(3 * CONCURRENCY);

  expect(progress.reads()).toBeGreaterThan(100);
  expect(new Set(progress.seen.map(({ pipeline_id }) => pipeline_id)).size).toBe(1);
  const counts = progress.seen.map(({ processed }) => processed);
  // What a SIGKILL left in the file may be older than the checkpoint, never newer.
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  const { pipeline_id, ...end } = progress.seen.at(-1)!;
  expect(end).toMatchObject({ status: 'succeeded', processed: COUNT, failed: 2, total: COUNT, percentage: 100 });

  const { data } = await server.query<{ logs: { nodes: { message: string; attributes: { progress: object } }[] } }>(
    `query Newest($query: String!) {
      logs(filter: { query: $query }, first: 1) { nodes { message attributes } }
    }`,
    { query: `pipelineId:${pipeline_id} attributes.progress.operation:leads` },
  );
  expect(data?.logs.nodes).toEqual([
    { message: 'operation succeeded', attributes: expect.objectContaining({ progress: end }) },
  ]);

  const view = await server.query<{ pipelines: { nodes: object[] } }>(
    `{ pipelines(names: ["leads"]) { nodes {
      pipelineId name status service summary
      progress { processed failed total percentage eta currentItem stage }
    } } }`,
  );
  expect(view.errors).toBeUndefined();
  expect(view.data?.pipelines.nodes).toEqual([
    {
      pipelineId: pipeline_id,
      name: 'leads',
      status: 'SUCCEEDED',
      service: 'operation-program',
      summary: end.summary,
      progress: {
        processed: COUNT,
        failed: 2,
        total: COUNT,
        percentage: 100,
        eta: null,
        currentItem: null,
        stage: null,
      },
    },
  ]);
});
