/**
 * Makes `dist/`, which `npm pack` puts into the package: the sources as JavaScript with their types, and beside them the
 * other files that the program reads at run time, and the page (`page/dist`). Node runs no TypeScript under `node_modules`, so a package needs this.
 * A clone needs no build.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPageWhereChanged } from './build-page.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
cpSync(join(root, 'src'), dist, { recursive: true, filter: (path) => !path.endsWith('.ts') });
await buildPageWhereChanged();
