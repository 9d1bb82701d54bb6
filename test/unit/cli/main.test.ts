import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Records, startTailServer, type TailServer } from './tail-server.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

let records: Records;
let server: TailServer;
let running: ChildProcessWithoutNullStreams[];

beforeEach(async () => {
  records = new Records();
  server = await startTailServer(records);
  running = [];
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await server.kill();
});

/** `weir` in a process of its own. */
function weir(...words: string[]) {
  const env = { PATH: process.env.PATH, WEIR_URL: server.url, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...words], { env, cwd: tmpdir() });
  running.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const code = once(child, 'close').then(([code]) => code as number | null);
  const until = async (stream: 'out' | 'err', text: string): Promise<void> => {
    while (!said[stream].includes(text)) await once(stream === 'out' ? child.stdout : child.stderr, 'data');
  };
  return { child, said, code, until };
}

test('tail follows, and Ctrl-C ends it with code 0 and the cursor to continue from', async () => {
  const tail = weir('tail', '--json');
  await tail.until('err', '-- following');
  records.add('one', 'two');
  await tail.until('out', 'two');
  tail.child.kill('SIGINT');
  expect(await tail.code).toBe(0);
  expect(
    tail.said.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).message),
  ).toEqual(['one', 'two']);
  expect(tail.said.err).toContain('--after 2 --');
});

test('tail outlives its server, shows each record once, and talks on stderr only', async () => {
  records.add('one');
  const tail = weir('tail', '--after', '0');
  await tail.until('out', 'one');
  await server.kill();
  await tail.until('err', '-- connection lost, waiting --');
  records.add('two');
  server = await startTailServer(records, { port: server.port });
  await tail.until('out', 'two');
  tail.child.kill('SIGTERM');
  expect(await tail.code).toBe(0);
  expect(tail.said.err).toContain('-- connected again --');
  expect(tail.said.out.split('\n').map((line) => line.slice(-3))).toEqual(['one', 'two', '']);
});

test('tail into a reader that leaves ends quietly', async () => {
  const tail = weir('tail', '--after', '0');
  await tail.until('err', '-- following');
  tail.child.stdout.destroy();
  records.add('into the void');
  expect(await tail.code).toBe(0);
  expect(tail.said.err).toMatch(/^-- following \S+, press Ctrl-C to end --\n$/);
});

test('a filter that the server rejects is one sentence and code 1', async () => {
  const tail = weir('tail', ')');
  expect(await tail.code).toBe(1);
  expect(tail.said).toEqual({ out: '', err: 'weir: query: unexpected ")" at column 1 (QUERY_SYNTAX)\n' });
});

test.each([['tail'], ['query'], ['status'], ['cleanup', '--older-than', '1d', '--yes']])(
  '%s without a server is one sentence and code 1',
  async (...words) => {
    const { code, said } = weir(...words, '--url', 'http://127.0.0.1:1');
    expect(await code).toBe(1);
    expect(said.out).toBe('');
    expect(said.err).toMatch(/^weir: cannot reach http:\/\/127\.0\.0\.1:1: [^\n]+\n$/);
  },
);

test('query shows the newest records, oldest first, and pages beyond 1,000', async () => {
  records.add(...Array.from({ length: 2500 }, (_, i) => `m${i}`));
  const { code, said } = weir('query', '-n', '2100', '--json');
  expect(await code).toBe(0);
  const messages = said.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).message);
  expect(messages).toEqual(Array.from({ length: 2100 }, (_, i) => `m${400 + i}`));
  expect(records.pageSizes).toEqual([1000, 1000, 100]);
});

test('query that finds nothing says so on stderr, with a hint for a likely mistake', async () => {
  const nothing = weir('query');
  expect(await nothing.code).toBe(0);
  expect(nothing.said).toEqual({ out: '', err: '-- no record matches --\n' });
  const mistaken = weir('query', 'level=error');
  expect(await mistaken.code).toBe(0);
  expect(mistaken.said.err).toContain('for a field write level:error');
});

test('query says when more match than it shows', async () => {
  records.add('one', 'two', 'three');
  const two = weir('query', '-n', '2');
  expect(await two.code).toBe(0);
  expect(two.said.err).toBe('-- more match: these are the newest 2; -n shows more, --all shows all --\n');
  const three = weir('query', '-n', '3');
  expect(await three.code).toBe(0);
  expect(three.said.err).toBe('');
});

test('tail says when no stored record matches', async () => {
  const tail = weir('tail', '--backfill', '5');
  await tail.until('err', '-- no stored record matches, waiting for new ones --');
});

test('tail ends when its pipe closes, also if nothing comes', async () => {
  const env = { PATH: process.env.PATH, WEIR_URL: server.url, NO_COLOR: '1' };
  records.add('one');
  const command = `"${process.execPath}" "${MAIN}" tail --backfill 1 | head -1 > /dev/null; echo ended`;
  const shell = spawn('bash', ['-c', command], { env, cwd: tmpdir() });
  const said: string[] = [];
  shell.stdout.on('data', (chunk) => said.push(String(chunk)));
  await once(shell, 'close');
  expect(said.join('')).toBe('ended\n');
});

test('times are shown in the zone of --timezone', async () => {
  records.add('one');
  const { code, said } = weir('query', '--timezone', 'Asia/Kolkata');
  expect(await code).toBe(0);
  expect(said.out).toMatch(/^2026-11-22T01:36:40\.731\+05:30 INFO/);
});

test('cleanup without a terminal and without --yes deletes nothing', async () => {
  const { code, said } = weir('cleanup', '--older-than', '1d');
  expect(await code).toBe(1);
  expect(said).toEqual({
    out: '',
    err: 'weir: expected --yes, because there is no terminal to ask before records are deleted (--dry-run shows which)\n',
  });
});

test('migrate without LOGS_DATABASE_URL says what migrates the embedded database', async () => {
  const { code, said } = weir('migrate');
  expect(await code).toBe(0);
  expect(said.err).toContain('automatically');
});

test('cleanup without a cutoff is rejected before a request is sent', async () => {
  const { code, said } = weir('cleanup', '--url', 'http://127.0.0.1:1');
  expect(await code).toBe(1);
  expect(said.err).toContain('--older-than');
});

test.each(['tail', 'query', 'status', 'migrate', 'cleanup'])('%s has a help of its own', async (command) => {
  const { code, said } = weir(command, '--help');
  expect(await code).toBe(0);
  expect(said.out).toContain(`Usage: weir ${command}`);
});

test('the help names every command', async () => {
  const { code, said } = weir('--help');
  expect(await code).toBe(0);
  for (const name of ['serve', 'import', 'tail', 'query', 'status', 'migrate', 'cleanup'])
    expect(said.out).toContain(`  ${name}`);
});

test('an unknown command is an error', async () => {
  const { code, said } = weir('tial');
  expect(await code).toBe(1);
  expect(said.err).toContain('tail');
});
