import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { isRegistryUnreachable, UNREACHABLE_NOTE } from '../../support/registry.ts';
import { remove, startTestServer, temporaryFolder, until } from '../../support/server.ts';

const CLONE = join(import.meta.dirname, '../../..');
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
const INSTALL_MS = 600_000;

let folder: string;
let offline = false;

const run = async (command: string, args: string[], env: Record<string, string> = {}): Promise<string> => {
  const cwd = command === 'npm' && args[0] === 'pack' ? CLONE : folder;
  return (await promisify(execFile)(command, args, { cwd, env: { ...process.env, PATH, ...env } })).stdout;
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const options = ['--workspace', 'client', '--json', '--silent', '--pack-destination', folder];
  const [packed] = JSON.parse(await run('npm', ['pack', ...options]));
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true}');
  try {
    const packages = [join(folder, packed.filename), 'pino', 'winston'];
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages]);
  } catch (error) {
    if (!isRegistryUnreachable(error)) throw error;
    offline = true;
    console.log(UNREACHABLE_NOTE);
  }
}, INSTALL_MS);

beforeEach(({ skip }) => skip(offline));

afterAll(() => remove(folder));

const PINO_APP = `
  import { pino } from 'pino';
  const log = pino({
    transport: { target: 'weir-client/pino', options: { url: process.env.SHOP_LOGS } },
  });
  log.info({ order: 7 }, 'from pino');`;

const COMMON_JS_APP = `
  const { pino } = require('pino');
  pino({ transport: { target: 'weir-client/pino' } }).info('from CommonJS');`;

const WINSTON_APP = `
  import winston from 'winston';
  import { WeirTransport } from 'weir-client/winston';
  winston.createLogger({ transports: [new WeirTransport()] }).warn('from winston', { order: 8 });`;

const SENDER_APP = `
  import { createSender } from 'weir-client';
  createSender().info('from the sender', { order: 9 });`;

test('installed from a package, each transport sends, also when the program ends at once', async () => {
  await using server = await startTestServer();
  const env = { WEIR_URL: server.url, OTEL_SERVICE_NAME: 'shop', TMPDIR: folder };
  const start = async (file: string, text: string, more: Record<string, string> = {}): Promise<void> => {
    await writeFile(join(folder, file), text);
    await run(process.execPath, [file], { ...env, ...more });
  };
  await start('pino.mjs', PINO_APP, { WEIR_URL: '', SHOP_LOGS: server.url });
  await start('common-js.cjs', COMMON_JS_APP);
  await start('winston.mjs', WINSTON_APP);
  await start('sender.mjs', SENDER_APP);
  const stored = await until(async () => {
    const rows = await server.database.sql<{ message: string; service: string }[]>`
      select message, service from system_logs order by message`;
    return rows.length >= 4 ? rows : undefined;
  });
  expect(stored.map((row) => ({ ...row }))).toEqual(
    ['from CommonJS', 'from pino', 'from the sender', 'from winston'].map((message) => ({ message, service: 'shop' })),
  );
});

test('the package has its types, and no source', async () => {
  const files = await run('find', ['node_modules/weir-client', '-type', 'f']);
  expect(files).toContain('node_modules/weir-client/dist/pino.d.ts');
  expect(files).toContain('node_modules/weir-client/LICENSE');
  expect(files.split('\n').filter((file) => /\/src\/|(?<!\.d)\.ts$/.test(file))).toEqual([]);
});
