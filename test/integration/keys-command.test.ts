import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isKey, makeKey } from '../../src/access/key.ts';
import { type KeyServer, startKeyServer } from '../support/keys.ts';
import { remove, spawnWeir, temporaryFolder } from '../support/server.ts';

let server: KeyServer;
let folder: string;
beforeAll(async () => {
  server = await startKeyServer();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await remove(folder);
});

/** Runs a command with a folder of its own for what a user saves. */
async function weir(args: string[], { key, input }: { key?: string; input?: string } = {}) {
  await using spawned = spawnWeir(
    args,
    {
      ...{ WEIR_URL: server.url, LOGS_DATABASE_URL: server.database.url, XDG_CONFIG_HOME: folder },
      ...(key && { WEIR_API_KEY: key }),
    },
    { cwd: folder },
  );
  spawned.process.stdin!.end(input ?? '');
  const { code } = await spawned.exited;
  return { code, out: spawned.stdout().trim(), err: spawned.stderr().trim() };
}

test('keys are made, listed and revoked over the API, with the key of the environment', async () => {
  const key = server.admin.key;
  const made = await weir(['keys', 'create', '--name', 'billing', '--right', 'ingest', '--stamp-service', 'billing'], {
    key,
  });
  expect([made.code, isKey(made.out)]).toEqual([0, true]);
  expect((await weir(['keys', 'list'], { key })).out).toContain(`${made.out.slice(0, 11)}...  billing  INGEST`);
  expect((await server.as(made.out).ingest('{"message":"x"}')).status).toBe(200);
  expect((await weir(['keys', 'revoke', 'billing'], { key })).out).toBe('billing is revoked');
  expect((await server.as(made.out).ingest('{"message":"x"}')).status).toBe(401);
  expect((await weir(['audit', '-n', '1'], { key })).out).toMatch(
    /revokeApiKey {2}by key \d+ \(weir_.*\) from 127\.0\.0\.1/,
  );
});

test('with --database a key is made on the machine of the server without one', async () => {
  const made = await weir(['keys', 'create', '-n', 'rescue', '-r', 'admin', '--database']);
  expect([made.code, isKey(made.out)]).toEqual([0, true]);
  expect((await weir(['status'], { key: made.out })).code).toBe(0);
  expect(await weir(['keys', 'revoke', 'rescue', '--database'])).toMatchObject({ code: 0, out: 'rescue is revoked' });
});

test('login saves a key for one server, for the user alone, and only a valid one', async () => {
  expect((await weir(['login'], { input: 'weir_wrong' })).err).toContain('expected a whole API key');
  expect((await weir(['login'], { input: makeKey() })).err).toContain('(UNAUTHENTICATED)');
  const saved = await weir(['login'], { input: `${server.admin.key}\n` });
  expect(saved.out).toMatch(/^Saved in .*config\.json: key \d+ \(INGEST, READ, CONTENT, ADMIN\)$/);
  const file = join(folder, 'weir', 'config.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8')).servers).toEqual({ [server.url]: { key: server.admin.key } });
  expect((await weir(['status'])).code).toBe(0);
});

test.each([
  ['status'],
  ['query'],
  ['tail'],
  ['import', '-'],
  ['cleanup', '--older-than', '1000d', '--dry-run'],
  ['seed', '--rows', '1', '--days', '1'],
])('%s says what to do where it has no valid key', async (...args) => {
  const { code, err } = await weir(args, { key: makeKey(), input: '{"message":"x"}\n' });
  expect(code).toBe(1);
  expect(err).toMatch(/weir: .*expected a valid API key.*\(UNAUTHENTICATED\): give a key by --key or WEIR_API_KEY/);
});
