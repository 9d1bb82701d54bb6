import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTILE_CASES } from '../test/support/hostile-requests.ts';
import { readLoop, watchedBy } from '../test/support/watched-loop.ts';
import { ms } from './measure.ts';
import type { Setting } from './setting.ts';

/** How long one hostile request makes others wait for the event loop. */
export async function benchLoop(setting: Setting): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-loop-'));
  try {
    await using server = await setting.startServer(await setting.createDatabase(), watchedBy(folder));
    for (const { name, send } of HOSTILE_CASES) {
      await readLoop(server.process, folder);
      await send(server.url);
      const { delayMs, parseMs } = await readLoop(server.process, folder);
      console.log(
        `${name.padEnd(54)} ${ms(delayMs).padStart(12)} longest delay (target: 200 ms)   JSON.parse of 4 MiB ${ms(parseMs)}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
