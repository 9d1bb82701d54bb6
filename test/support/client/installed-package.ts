import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');

/** Builds `weir-client` as it is published, and installs it in a folder, beside packages of the repository. */
export async function installPackage(folder: string, ...beside: string[]): Promise<void> {
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'weir-client');
  mkdirSync(installed, { recursive: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', join(ROOT, 'client'), '--outDir', join(installed, 'dist')]);
  cpSync(join(ROOT, 'client/package.json'), join(installed, 'package.json'));
  const { dependencies } = (await import('../../../client/package.json', { with: { type: 'json' } })).default;
  for (const name of [...Object.keys(dependencies), ...beside]) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
  }
}
