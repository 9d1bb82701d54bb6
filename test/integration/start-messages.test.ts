import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { needs, ROOT_MISSING } from '../support/needs.ts';
import { remove, spawnServer, spawnWeir, temporaryFolder } from '../support/server.ts';

const NOBODY = 65_534;

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'closed'), { mode: 0o500 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await remove(folder);
});

describe('a server that cannot use its folder names DATA_DIR', () => {
  const settingsFor = (DATA_DIR: string): Record<string, string>[] => [
    { DATA_DIR },
    { DATA_DIR, LOGS_DATABASE_URL: database.url },
  ];
  const problemOf = async (settings: Record<string, string>, uid?: number): Promise<string> => {
    await using server = spawnWeir(['serve'], { PORT: '0', ...settings }, uid === undefined ? {} : { uid, cwd: '/' });
    expect((await server.exited).code).toBe(1);
    return server.stderr();
  };

  test.each([
    ['a file', 'file', /ENOTDIR|EEXIST/],
    ['below a file', 'file/data', /ENOTDIR/],
  ])('where it is %s', async (_, name, reason) => {
    const DATA_DIR = join(folder, name);
    for (const settings of settingsFor(DATA_DIR)) {
      const problem = await problemOf(settings);
      expect(problem).toMatch(/^weir: DATA_DIR: [^\n]+\n$/);
      expect(problem).toContain(DATA_DIR);
      expect(problem).toMatch(reason);
    }
  });

  test('where it may not write there', needs(ROOT_MISSING), async () => {
    const DATA_DIR = join(folder, 'closed/data');
    for (const settings of settingsFor(DATA_DIR)) {
      expect(await problemOf(settings, NOBODY)).toMatch(/^weir: DATA_DIR: [^\n]+\/closed\/data[^\n]+EACCES[^\n]+\n$/);
    }
  });
});

test('a server says loudly that it is open to the network, and nothing where it is not', async () => {
  const settings = { LOGS_DATABASE_URL: database.url };
  await using open = await spawnServer({ ...settings, DATA_DIR: join(folder, 'open'), HOST: '0.0.0.0', AUTH: 'off' });
  await open.says(/\n {2}WARNING: HOST is 0\.0\.0\.0, and AUTH=off: [\s\S]*Unset AUTH to ask for keys/);
  await using closed = await spawnServer({ ...settings, DATA_DIR: join(folder, 'closed-to-network') });
  await closed.says(/Follow .*\n/);
  expect(closed.stdout()).not.toContain('WARNING');
  expect(closed.stdout()).not.toContain('Making the database');
});
