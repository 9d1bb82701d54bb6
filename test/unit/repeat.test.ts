import { pino } from 'pino';
import { expect, test } from 'vitest';
import { repeat } from '../../src/maintenance/repeat.ts';
import { until } from '../support/server.ts';

const log = pino({ level: 'silent' });
const soon = { name: 'a task', firstAfterMs: 0, everyMs: 1 };

test('a task that fails is run again, and never twice at once', async () => {
  let runs = 0;
  let running = 0;
  let most = 0;
  await using _ = repeat(
    {
      ...soon,
      run: async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        if (++runs % 2 === 1) throw new Error('every other time');
      },
    },
    log,
  );
  await until(() => runs > 3);
  expect(most).toBe(1);
});

test('closing tells the run under way, waits for it, and lets none follow', async () => {
  const ended: string[] = [];
  let runs = 0;
  const task = repeat(
    {
      ...soon,
      run: async (signal) => {
        runs++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended.push('the run');
      },
    },
    log,
  );
  await until(() => runs === 1);
  await task[Symbol.asyncDispose]();
  ended.push('closing');
  expect(ended).toEqual(['the run', 'closing']);
  expect(runs).toBe(1);
});
