import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Runs the shop of examples/ from its first order to its last: its records are in the server then. @throws where it fails */
export async function runExample(url: string): Promise<void> {
  const shop = spawn(process.execPath, ['--conditions=weir-source', join(root, 'examples/shop/main.ts')], {
    cwd: root,
    env: { ...process.env, WEIR_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(shop, 'exit');
  if (code !== 0) throw new Error(`the example ended with ${code}`);
}
