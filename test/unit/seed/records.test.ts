import { describe, expect, test } from 'vitest';
import { ERROR_SEVERITY } from '../../../src/log/level.ts';
import { arrivalAt, isRejection, type NewRecord } from '../../../src/log/record.ts';
import { microsOf, shift } from '../../../src/log/time.ts';
import { seedRecords } from '../../../src/seed/records.ts';
import { busiestHour } from '../../../src/seed/rhythm.ts';
import { RARE_RECORDS, WORDS } from '../../../src/seed/words.ts';

const DAY_MS = 86_400_000;
const PLAN = { rows: 30_000, days: 10, seed: 1, until: '2026-11-21T20:06:40.731905Z' };
const ARRIVAL = arrivalAt(PLAN.until, {
  maxAgeMs: 100 * DAY_MS,
  environment: 'test',
  deploymentVersion: null,
  redactor: null,
});

function made(plan = PLAN): NewRecord[] {
  return [...seedRecords(plan, ARRIVAL)].map((record) => {
    if (isRejection(record)) throw new Error(record.reason);
    return record;
  });
}

const records = made();
const having = (word: string): NewRecord[] => records.filter(({ message }) => message.includes(word));
const daysOf = (some: NewRecord[]): number => new Set(some.map(({ timestamp }) => timestamp.slice(0, 10))).size;

describe('seeded records', () => {
  test('are the same for the same plan, uids included', () => expect(made()).toEqual(records));

  test('are others for another seed', () => {
    const others = made({ ...PLAN, seed: 2 });
    const uids = new Set(records.map(({ uid }) => uid));
    expect(others.filter(({ uid }) => uids.has(uid))).toEqual([]);
    expect(others[0]!.message).not.toBe(records[0]!.message);
  });

  test('are as many as planned, each with a uid of its own', () => {
    expect(records).toHaveLength(PLAN.rows);
    expect(new Set(records.map(({ uid }) => uid)).size).toBe(PLAN.rows);
    for (const rows of [1, 7, 150]) expect(made({ ...PLAN, rows })).toHaveLength(rows);
  });

  test('fill the days and end with them', () => {
    const times = records.map(({ timestamp }) => timestamp).sort();
    expect(times[0]! >= shift(PLAN.until, -PLAN.days * DAY_MS)).toBe(true);
    expect(times.at(-1)! <= PLAN.until).toBe(true);
    expect(Number(microsOf(PLAN.until) - microsOf(times.at(-1)!))).toBeLessThan(30 * 60 * 1e6);
  });

  test('are more by day than by night', () => {
    const at = (hour: string): number => records.filter(({ timestamp }) => timestamp.slice(11, 13) === hour).length;
    expect(at('14')).toBeGreaterThan(2 * at('02'));
  });

  test('make correlation chains of eight across services', () => {
    const chains = Map.groupBy(
      records.filter(({ correlationId }) => correlationId !== null),
      ({ correlationId }) => correlationId,
    );
    const sizes = [...chains.values()].map((chain) => chain.length);
    // The last may be cut.
    expect(sizes.filter((size) => size !== 8).length).toBeLessThanOrEqual(1);
    const [first] = chains.values();
    expect(new Set(first!.map(({ service }) => service)).size).toBeGreaterThanOrEqual(4);
  });

  test('have errors in bursts, with types and some stack traces', () => {
    // Spread evenly, ten minutes of two days would have one of 288.
    const errors = made({ ...PLAN, days: 2 }).filter(({ errorType }) => errorType !== null);
    expect(errors.every(({ severityNumber }) => severityNumber >= ERROR_SEVERITY)).toBe(true);
    expect(errors.some(({ stackTrace }) => stackTrace !== null)).toBe(true);
    const windows = [...Map.groupBy(errors, ({ timestamp }) => timestamp.slice(0, 15)).values()];
    const densest = windows.toSorted((a, b) => b.length - a.length)[0]!;
    expect(densest.length).toBeGreaterThan(errors.length / 10);
    expect(new Set(densest.map(({ errorType }) => errorType)).size).toBeLessThan(3);
  });

  test('name few users often', () => {
    const users = Map.groupBy(records, ({ userId }) => userId);
    users.delete(null);
    const counts = [...users.values()].map(({ length }) => length).sort((a, b) => b - a);
    expect(counts[0]!).toBeGreaterThan(20 * counts[Math.floor(counts.length / 2)]!);
  });

  test('hold the rare word and the rare substring in 200 records each, on every day', () => {
    for (const word of [WORDS.rare, WORDS.substring]) {
      expect(having(word)).toHaveLength(RARE_RECORDS);
      expect(daysOf(having(word))).toBe(daysOf(records));
    }
    expect(having(` ${WORDS.substring}`)).toEqual([]);
  });

  test('hold the word of one hour in that hour only', () => {
    const toMs = Number(microsOf(PLAN.until)) / 1000;
    const hour = busiestHour({ fromMs: toMs - PLAN.days * DAY_MS, toMs });
    const those = having(WORDS.busyHour);
    expect(those.length).toBeGreaterThan(10);
    expect(those.every(({ timestamp }) => Date.parse(timestamp) >= hour.fromMs)).toBe(true);
    expect(those.every(({ timestamp }) => Date.parse(timestamp) < hour.toMs)).toBe(true);
  });

  test('hold the common word in about half of them', () =>
    expect(having(WORDS.common).length / records.length).toBeCloseTo(0.5, 1));
});
