import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createBreaker } from '../../../src/ingest/write/breaker.ts';

const log = pino({ level: 'silent' });

function breakerAt(threshold: number, timeoutMs: number) {
  const clock = { now: 1000 };
  return { clock, breaker: createBreaker({ threshold, timeoutMs }, log, () => clock.now) };
}

test('a breaker opens after so many failures in a row, and a success begins the count anew', () => {
  const { breaker } = breakerAt(3, 1000);
  for (const outcome of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) breaker[outcome]();
  expect(breaker.state).toBe('CLOSED');
  breaker.failed();
  expect(breaker.state).toBe('OPEN');
  expect(breaker.tryEnter()).toBe(false);
});

test('after its timeout one attempt is let through, and what comes of it decides', () => {
  const { breaker, clock } = breakerAt(1, 1000);
  breaker.failed();
  clock.now += 999;
  expect(breaker.tryEnter()).toBe(false);
  expect(breaker.waitMs()).toBe(1);
  clock.now += 1;
  expect(breaker.tryEnter()).toBe(true);
  expect(breaker.state).toBe('HALF_OPEN');
  expect(breaker.tryEnter()).toBe(false);
  breaker.failed();
  expect(breaker.state).toBe('OPEN');
  expect(breaker.waitMs()).toBe(1000);
  clock.now += 1000;
  expect(breaker.tryEnter()).toBe(true);
  breaker.succeeded();
  expect(breaker.state).toBe('CLOSED');
  expect(breaker.tryEnter()).toBe(true);
});

test('a database that has started again ends the wait, also of an attempt that fails after it', () => {
  const { breaker } = breakerAt(1, 1000);
  breaker.failed();
  breaker.endWait();
  expect([breaker.state, breaker.waitMs(), breaker.tryEnter()]).toEqual(['OPEN', 0, true]);
  breaker.endWait();
  breaker.failed();
  expect(breaker.tryEnter()).toBe(true);
  breaker.failed();
  expect(breaker.tryEnter()).toBe(false);
  expect(breaker.waitMs()).toBe(1000);
});
