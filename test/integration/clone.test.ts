import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isRegistryUnreachable, UNREACHABLE_NOTE } from '../support/registry.ts';
import { createClient, remove, temporaryFolder, until } from '../support/server.ts';

const run = promisify(execFile);
const CLONE_MS = 400_000;

/** The `node` of an npm script here is the Node 24 of the tests: PATH begins with it. */
test(
  'in a clone without development packages, npm start runs the server, and / says how to build its page',
  async ({ skip }) => {
    const folder = await temporaryFolder();
    const clone = join(folder, 'clone');
    await run('cp', [
      '-r',
      '--parents',
      'bin',
      'src',
      'scripts',
      'package.json',
      'package-lock.json',
      '.npmrc',
      await made(clone),
    ]);
    await run('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: clone }).catch((error) => {
      if (!isRegistryUnreachable(error)) throw error;
      console.log(UNREACHABLE_NOTE);
      skip();
    });
    const env = { ...process.env, DATA_DIR: join(folder, 'data'), PORT: '0' };
    const npm = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    npm.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const [, url] = await until(() => /GraphiQL\s+(http:\S+)\/graphql/.exec(said), 120_000, 'a server that is ready');
    expect((await createClient(url!).ingest('{"message":"one"}')).status).toBe(200);
    expect(await (await fetch(url!)).text()).toContain('npm ci &amp;&amp; npm run page');
    expect(said).toMatch(/Follow\s+npx --no-install weir tail/);
    npm.kill('SIGTERM');
    expect((await once(npm, 'close'))[0]).toBe(0);
    await remove(folder);
  },
  CLONE_MS,
);

async function made(folder: string): Promise<string> {
  await run('mkdir', [folder]);
  return folder;
}
