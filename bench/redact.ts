import { type Arrival, arrivalAt, isRejection, makeRecord, type NewRecord } from '../src/log/record.ts';
import { createRedactor, NO_EXTRAS } from '../src/log/redact/redactor.ts';
import { now } from '../src/log/time.ts';
import { entryOfJson } from '../src/log-file/entries/entry.ts';
import { makeLines } from './data.ts';
import { report } from './measure.ts';

const LINES = 20_000;
const ROUNDS = 30;
const WARMING = 5;

/**
 * The processor time of a record on its way from its line to its stored form, without a database: redaction on and off take
 * turns. The least of all rounds counts, because other programs only make a round longer.
 */
export async function benchRedact(): Promise<void> {
  const lines = makeLines(LINES);
  const redactor = createRedactor(NO_EXTRAS);
  const on: number[] = [];
  const off: number[] = [];
  const alone: number[] = [];
  const records = made(lines, arrivalWith(null));
  for (let round = 0; round < WARMING + ROUNDS; round++) {
    on.push(microseconds(() => made(lines, arrivalWith(redactor))));
    off.push(microseconds(() => made(lines, arrivalWith(null))));
    alone.push(
      microseconds(() => {
        for (const record of records) redactor.record(record);
      }),
    );
  }
  const best = (times: number[]): number => Math.min(...times.slice(WARMING)) / LINES;
  const us = (value: number): string => `${value.toFixed(2)} us of CPU`;
  report(
    'a record, line to stored form, REDACT=on',
    us(best(on)),
    `REDACT=off ${us(best(off))}`,
    best(on) / best(off),
    '1.25 or less',
  );
  report('redaction of a record alone', us(best(alone)), 'at most 1.50 us', best(alone) / 1.5, '1.00 or less');
}

const arrivalWith = (redactor: Arrival['redactor']): Arrival =>
  arrivalAt(now(), { maxAgeMs: 86_400_000, environment: null, deploymentVersion: null, redactor });

function made(lines: readonly string[], arrival: Arrival): NewRecord[] {
  return lines.flatMap((line, at) => {
    const entry = entryOfJson(at, line);
    const record = 'draft' in entry ? makeRecord(entry.draft, arrival, at) : entry;
    if (isRejection(record)) throw new Error(record.reason);
    return record;
  });
}

function microseconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
