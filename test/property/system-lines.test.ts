import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrivalAt, isRejection, makeRecord } from '../../src/log/record.ts';
import { LOG_FORMATS } from '../../src/log-file/log-formats.ts';
import { NOW, utcClock } from '../support/log-lines.ts';
import { SYSTEM_LINES } from '../support/system-lines.ts';

/** These read lines of many kinds. */
const GENERAL: readonly (string | undefined)[] = ['dated', 'syslog', undefined];

const arrival = arrivalAt(NOW, {
  maxAgeMs: 10_000 * 365 * 86_400_000,
  environment: null,
  deploymentVersion: null,
  redactor: null,
});

/** A line in which something is cut out, doubled, or replaced. */
const brokenLine = fc
  .record({
    line: fc.constantFrom(...SYSTEM_LINES),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(20),
    instead: fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.constantFrom('9'.repeat(400), '"', '\\', '-', '=', '\t', '\0', '\ud800', '__proto__=x ', '99:99:99', '-1'),
    ),
    times: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ line, from, length, instead, times }) => {
    const at = Math.floor(from * line.length);
    return line.slice(0, at) + instead.repeat(times) + line.slice(at + length);
  });

function expectReadOrNot(line: string): void {
  for (const format of LOG_FORMATS) {
    const inFile = format.inFile?.() ?? format;
    if (inFile.isHead?.(line)) continue;
    const draft = inFile.parse(line, utcClock);
    if (!draft) continue;
    inFile.adds?.(line, draft);
    const made = makeRecord(draft, arrival);
    // Years that no clock shows are rejected as those of other senders are.
    const isTime = isRejection(made) && (made.code === 'TOO_OLD' || made.code === 'IN_THE_FUTURE');
    expect(isTime || made).not.toHaveProperty('reason');
  }
}

test('a broken line of any format is read, or it is no line of the format: nothing fails, and no record is rejected', () => {
  fc.assert(fc.property(brokenLine, expectReadOrNot), { numRuns: 2_000 });
});

test('nor is one whose numbers are too long', () => {
  for (const line of SYSTEM_LINES) {
    for (const { 0: digits, index } of line.matchAll(/\d+/g)) {
      expectReadOrNot(line.slice(0, index) + '9'.repeat(400) + line.slice(index + digits.length));
    }
  }
});

test('each line is read whole by a format of its own', () => {
  for (const line of SYSTEM_LINES) {
    const name = LOG_FORMATS.find((format) => format.parse(line, utcClock))?.name;
    expect([line, GENERAL.includes(name)]).toEqual([line, false]);
  }
});
