import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type History, withHistory } from '../../support/chaos/history.ts';
import { until } from '../../support/server.ts';
import { messagesOf, openTestSpool, replay, testFolder } from '../../support/spool.ts';

const KILLS = 10;
const CHILD = join(import.meta.dirname, '../../support/spool-child.ts');

/** Appends until it is killed, at a random moment after its first acknowledgement; what was acknowledged. */
async function appendUntilKilled(folder: string, run: number, history: History): Promise<string[]> {
  // A file takes all that the child writes at once; a pipe is full where this process reads too slowly.
  const told = `${folder}-${run}.txt`;
  const output = await open(told, 'w');
  const child = spawn(process.execPath, [CHILD, folder, `${run}`], { stdio: ['ignore', output.fd, 'inherit'] });
  const closed = once(child, 'close');
  await output.close();
  await until(async () => (await stat(told)).size > 0, 20_000, 'a first acknowledgement');
  const after = history.between(0, 60);
  await sleep(after);
  child.kill('SIGKILL');
  const [code] = await closed;
  history.note(`run ${run} killed ${after} ms after its first acknowledgement`);
  expect(code).toBe(null);
  return (await readFile(told, 'utf8')).split('\n').slice(0, -1);
}

test('a process that is killed at any moment loses nothing that it acknowledged, and the next goes on', () =>
  withHistory(async (history) => {
    await using parent = await testFolder();
    const folder = join(parent.path, 'spool');
    const acknowledged: string[] = [];
    for (let run = 0; run < KILLS; run++) acknowledged.push(...(await appendUntilKilled(folder, run, history)));
    expect(new Set(acknowledged.map((message) => message.split('-')[0])).size).toBe(KILLS);

    await using spool = await openTestSpool(folder);
    expect(await spool.report()).toMatchObject({ damaged: 0, unreadable: 0, problem: null });
    const found = messagesOf(await replay(spool));
    expect(new Set(found).size).toBe(found.length);
    expect(acknowledged.filter((message) => !new Set(found).has(message))).toEqual([]);
    const order = found.map((message) => message.split('-').map(Number) as [number, number]);
    expect(order).toEqual(order.toSorted(([a, b], [c, d]) => a - c || b - d));
  }));
