import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { runsOf, tell } from '../support/runs.ts';
import { spawnWeir, startTestServer, type TestServer, until } from '../support/server.ts';
import { inTerminal, TERMINAL_MISSING } from '../support/terminal.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function weir(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  await using spawned = spawnWeir([...words, '--url', server.url]);
  const { code } = await spawned.exited;
  return { code, out: spawned.stdout(), err: spawned.stderr() };
}

test('weir runs lists what runs, what is stalled and what is over, each with a bar', async () => {
  expect(await weir('runs', '--service', 'listing')).toEqual({
    code: 0,
    out: '',
    err: '-- no run told of progress within 1d --\n',
  });
  const record = { service: 'listing' };
  const half = { operation: 'leads', processed: 2500, failed: 3, total: 5000, rate_per_second: 50 };
  await tell(server, 'run-2', { ...half, stage: 'load', current_item: 'lead\n7', expect_within_seconds: 3600 }, record);
  await tell(server, 'run-1', { ...half, processed: 1, expect_within_seconds: 1 }, record);
  await tell(server, 'run-0', { ...half, processed: 5000, status: 'failed', elapsed_seconds: 75 }, record);
  await until(async () => (await runsOf(server, '(statuses: [STALLED])')).length === 1);
  const { code, out } = await weir('runs', '--service', 'listing');
  expect(code).toBe(0);
  const [running, stalled, failed] = out.split('\n');
  expect(running).toBe(
    'RUNNING   [############------------]  50%  2,500/5,000  3 failed  50/s  50s left  leads run-2  load: lead\\n7  listing',
  );
  expect(stalled).toMatch(/^STALLED {3}\[-{24}\] {3}0% {2}1\/5,000 .* leads run-1 {2}.* ago {2}listing$/);
  expect(failed).toMatch(
    /^FAILED {4}\[#{24}\] 100% {2}5,000\/5,000 {2}3 failed {2}50\/s {2}in 1m 15s {2}leads run-0 {2}.* ago/,
  );

  const json = await weir('runs', '--service', 'listing', '--json');
  const ids = json.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).pipelineId);
  expect(ids).toEqual(['run-2', 'run-1', 'run-0']);
  const fewer = await weir('runs', '--service', 'listing', '-n', '0');
  expect(fewer.out.trim().split('\n')).toEqual([expect.stringMatching(/^RUNNING/), expect.stringMatching(/^STALLED/)]);
  expect(fewer.err).toBe('-- more runs have ended: -n shows more --\n');
});

test('weir runs ID shows its stages, its summary, its errors and its records', async () => {
  const of = { service: 'detailed', pipeline_id: 'details' };
  const lines = [
    { ...of, component: 'extract', message: 'begun' },
    { ...of, component: 'load', level: 'error', message: 'item 3 failed' },
    {
      ...of,
      message: 'over',
      progress: { operation: 'orders', processed: 3, status: 'succeeded', summary: { stored: 2 } },
    },
  ];
  await server.ingest(lines.map((line) => JSON.stringify(line)).join('\n'));
  const { code, out } = await weir('runs', 'details', '-n', '2');
  expect(code).toBe(0);
  const text = out.split('\n');
  expect(text[0]).toMatch(/^SUCCEEDED 3 {2}orders details {2}/);
  expect(text[1]).toMatch(/^3 records in .*, 1 error$/);
  const section = (name: string): string[] => {
    const rest = text.slice(text.indexOf(name) + 1);
    const end = rest.findIndex((line) => ['stages', 'errors', 'records', ''].includes(line));
    return rest.slice(0, end);
  };
  expect(section('summary')).toEqual(['  stored: 2']);
  expect(
    section('stages')
      .map((line) => line.trim().split(/\s+/)[0])
      .toSorted(),
  ).toEqual(['(none)', 'extract', 'load']);
  expect(section('errors')).toEqual([expect.stringContaining('item 3 failed')]);
  expect(section('records')).toHaveLength(2);

  expect(await weir('runs', 'nothing')).toEqual({
    code: 1,
    out: '',
    err: 'weir: expected the id of a run, got "nothing": no record has this pipeline id\n',
  });
});

test('weir runs --watch writes a line for each change until Ctrl-C', async () => {
  await tell(server, 'followed', { operation: 'following', processed: 1, total: 2, expect_within_seconds: 1 });
  await using watching = spawnWeir(['runs', '--watch', '--name', 'following', '--url', server.url]);
  await watching.says(/^(RUNNING|STALLED) .* 1\/2 .*following followed/m);
  await watching.says(/^STALLED .* 1\/2 .*following followed/m);
  await tell(server, 'followed', { operation: 'following', processed: 2, total: 2, status: 'succeeded' });
  await watching.says(/^SUCCEEDED .* 2\/2 .*following followed/m);
  watching.process.kill('SIGINT');
  expect((await watching.exited).code).toBe(0);
});

/** What stands below `from` of the text on a terminal: what was drawn last. */
const lastDrawn = (shown: string): string => shown.slice(shown.lastIndexOf('\x1b[J') + '\x1b[J'.length);

test(
  'on a terminal, weir runs --watch draws the list again in its place until Ctrl-C',
  needs(TERMINAL_MISSING),
  async () => {
    const tellDrawn = (id: string, progress: object) =>
      tell(server, id, { operation: 'drawing', total: 2, expect_within_seconds: 3600, ...progress });
    await tellDrawn('drawn-1', { processed: 1 });
    const weirRuns = `'${process.execPath}' '${MAIN}' runs --watch --name drawing --url ${server.url}`;
    const [script, args] = inTerminal(`bash -c "stty rows 24 cols 120; exec ${weirRuns}"`);
    const terminal = spawn(script, args, {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      let shown = '';
      terminal.stdout.on('data', (chunk) => {
        shown += chunk;
      });
      const ended = once(terminal, 'close');
      const draws = (...lines: RegExp[]) =>
        until(
          () => {
            const drawn = lastDrawn(shown).split('\r\n');
            return drawn.length === lines.length + 1 && lines.every((line, at) => line.test(drawn[at]!));
          },
          20_000,
          'what was drawn last',
        );
      await draws(/RUNNING .* 1\/2 .*drawing drawn-1/, /press Ctrl-C to end/);
      await tellDrawn('drawn-2', { processed: 0 });
      await draws(/RUNNING .* 1\/2 .*drawn-1/, /RUNNING .* 0\/2 .*drawn-2/, /press Ctrl-C to end/);
      await tellDrawn('drawn-1', { processed: 2, status: 'succeeded' });
      await draws(/RUNNING .* 0\/2 .*drawn-2/, /SUCCEEDED .* 2\/2 .*drawn-1/, /press Ctrl-C to end/);
      // Three lines were drawn: the cursor goes back as far.
      expect(shown).toContain('\x1b[3A\r\x1b[J');
      terminal.stdin.write('\x03');
      expect(await ended, shown).toEqual([0, null]);
    } finally {
      terminal.kill('SIGKILL');
    }
  },
);

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `2026-11-01T10:00:00Z INFO imported ${i}\n`).join('');

const countOf = async (service: string): Promise<number> => {
  const [row] = await server.database.sql<{ count: number }[]>`
    select count(*) as count from system_logs where service = ${service}`;
  return row!.count;
};

test('a long import is a run, and its progress is none of the records that it stores', async () => {
  await using spawned = spawnWeir(['import', '-', '--service', 'imported', '--url', server.url]);
  const stdin = spawned.process.stdin!;
  let written = 0;
  const write = async (): Promise<void> => {
    stdin.write(lines(4500));
    written += 4500;
    await until(async () => (await countOf('imported')) >= written - 1);
  };
  const importRun = async () => (await runsOf(server, '(names: ["import"])'))[0];
  await until(async () => {
    await write();
    return importRun();
  });
  expect(await importRun()).toMatchObject({ status: 'RUNNING', service: 'weir', progress: { total: null } });
  stdin.end();
  expect((await spawned.exited).code, spawned.stderr()).toBe(0);
  expect(spawned.stdout()).toContain(`${written.toLocaleString('en-US')} records stored, 0 duplicates, 0 rejected`);
  expect(await countOf('imported')).toBe(written);
  expect(await importRun()).toMatchObject({ status: 'SUCCEEDED', progress: { processed: written, total: written } });
  const { data } = await server.query<{ pipelines: { nodes: { summary: unknown }[] } }>(
    '{ pipelines(names: ["import"]) { nodes { summary } } }',
  );
  expect(data!.pipelines.nodes).toMatchObject([{ summary: { records: written, duplicates: 0, rejected: 0 } }]);
});

test('an import with --no-progress, or a small one, stores only the records of its file', async () => {
  await using spawned = spawnWeir(['import', '-', '--service', 'quiet', '--no-progress', '--url', server.url]);
  const before = await countOf('weir');
  const stdin = spawned.process.stdin!;
  const startedAt = performance.now();
  for (let written = 4500; performance.now() - startedAt < 2500; written += 4500) {
    stdin.write(lines(4500));
    await until(async () => (await countOf('quiet')) >= written - 1);
  }
  stdin.end();
  expect((await spawned.exited).code).toBe(0);
  await using small = spawnWeir(['import', 'docs/example.ndjson', '--url', server.url]);
  expect((await small.exited).code).toBe(0);
  expect(await countOf('weir')).toBe(before);
});
