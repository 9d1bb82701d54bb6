import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { spawnWeir, startTestServer, type TestServer } from '../support/server.ts';
import { inTerminal, TERMINAL_MISSING } from '../support/terminal.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const failed = {
    message: 'it failed',
    level: 'error',
    service: 'shop',
    timestamp: '2026-11-01T10:00:00Z',
    stackTrace: 'Error: it failed\n    at shop.ts:7',
  };
  await server.ingest(JSON.stringify(failed));
  await server.ingest('{"message":"one","level":"info","service":"shop","timestamp":"2026-11-01T10:00:01Z"}');
});
afterAll(() => server[Symbol.asyncDispose]());

async function run(...words: string[]) {
  await using weir = spawnWeir([...words, '--url', server.url]);
  expect((await weir.exited).code, weir.stderr()).toBe(0);
  return { out: weir.stdout(), err: weir.stderr() };
}

/** What `weir ...` shows in a terminal in India. */
async function shownInTerminal(words: string): Promise<string> {
  const command = `"${process.execPath}" "${MAIN}" ${words} --url ${server.url}`;
  const env = { ...process.env, TZ: 'Asia/Kolkata', NO_COLOR: '1' };
  const { stdout } = await promisify(execFile)(...inTerminal(command), { env });
  return stdout.replaceAll('\r\n', '\n');
}

test('times are local in a terminal, and UTC elsewhere', needs(TERMINAL_MISSING), async () => {
  const local = await shownInTerminal('query');
  expect(local).toMatch(/^2026-11-01T15:30:00\.000\+05:30 ERROR/m);
  expect(local).toMatch(/^2026-11-01T15:30:01\.000\+05:30 INFO/m);
  expect(await shownInTerminal('query --timezone America/New_York')).toMatch(/^2026-11-01T05:00:00\.000-05:00 ERROR/m);
  expect((await run('query')).out).toMatch(/^2026-11-01T10:00:00\.000Z ERROR/m);
});

test('a stack trace stands below its record, and --no-stack hides it', async () => {
  const { out } = await run('query', 'level:error');
  expect(out).toMatch(/it failed[^\n]*\n {2,}Error: it failed\n {2,}at shop\.ts:7\n$/);
  expect((await run('query', 'level:error', '--no-stack')).out).toMatch(/^[^\n]*it failed[^\n]*\n$/);

  await using tail = spawnWeir(['tail', '--backfill', '2', '--no-stack', '--url', server.url]);
  await tail.says(/one/);
  expect(tail.stdout()).not.toContain('shop.ts:7');
  await using full = spawnWeir(['tail', '--backfill', '2', '--url', server.url]);
  await full.says(/\n {2,}at shop\.ts:7\n/);
});

test('query says on stderr when nothing matches and when more match', async () => {
  expect(await run('query', 'nothing')).toEqual({ out: '', err: '-- no record matches --\n' });
  expect((await run('query', '-n', '1', '--json')).err).toBe(
    '-- more match: these are the newest 1; -n shows more, --all shows all --\n',
  );
  expect((await run('query', '-n', '2', '--json')).err).toBe('');
});

test('a tail into a pipe ends when the pipe closes, though no record comes', needs(TERMINAL_MISSING), async () => {
  const tail = `"${process.execPath}" "${MAIN}" tail --backfill 1 --url ${server.url}`;
  const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', `${tail} | head -1; echo "ended $?"`], {
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  expect(stdout).toMatch(/ one[^\n]*\nended 0\n$/);
});
