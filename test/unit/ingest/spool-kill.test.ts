import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { messagesOf, openTestSpool, replay, testFolder } from '../../support/spool.ts';

const KILLS = 10;
const CHILD = join(import.meta.dirname, '../../support/spool-child.ts');

/** Appends until it is killed, at a random moment after its first acknowledgement; what was acknowledged. */
async function appendUntilKilled(folder: string, run: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, folder, `${run}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(Math.random() * 60);
  child.kill('SIGKILL');
  await closed;
  return out.split('\n').slice(0, -1);
}

test('a process that is killed at any moment loses nothing that it acknowledged, and the next goes on', async () => {
  await using folder = await testFolder();
  const acknowledged: string[] = [];
  for (let run = 0; run < KILLS; run++) acknowledged.push(...(await appendUntilKilled(folder.path, run)));
  expect(new Set(acknowledged.map((message) => message.split('-')[0])).size).toBe(KILLS);

  await using spool = await openTestSpool(folder.path);
  expect(await spool.report()).toMatchObject({ damaged: 0, unreadable: 0, problem: null });
  const found = messagesOf(await replay(spool));
  expect(new Set(found).size).toBe(found.length);
  expect(acknowledged.filter((message) => !new Set(found).has(message))).toEqual([]);
  const order = found.map((message) => message.split('-').map(Number) as [number, number]);
  expect(order).toEqual(order.toSorted(([a, b], [c, d]) => a - c || b - d));
});
