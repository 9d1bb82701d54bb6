/** Makes `client/dist/`, which `npm pack -w client` puts into the package, and copies the licence beside it. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const client = join(root, 'client');

rmSync(join(client, 'dist'), { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.json'], {
  cwd: client,
  stdio: 'inherit',
});
cpSync(join(root, 'LICENSE'), join(client, 'LICENSE'));
