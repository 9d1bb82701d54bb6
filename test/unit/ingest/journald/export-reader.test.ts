import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyRejected } from '../../../../src/errors.ts';
import { createExportReader } from '../../../../src/ingest/receivers/journald/export-reader.ts';
import { createJournalReader } from '../../../../src/ingest/receivers/journald/journal-record.ts';
import { now } from '../../../../src/log/time.ts';
import { createClock } from '../../../../src/log-file/inner-line.ts';
import { binaryField } from '../../../support/journal.ts';

const CURSOR = 's=1;i=1;b=2;m=3;t=4;x=5';
const ENTRY = Buffer.concat([
  Buffer.from(`__CURSOR=${CURSOR}\n__REALTIME_TIMESTAMP=1764150000000001\nPRIORITY=3\n_HOSTNAME=web1\n`),
  Buffer.from('SYSLOG_IDENTIFIER=app\n_SYSTEMD_UNIT=pay.service\nTAG=a\nTAG=b=c\n'),
  binaryField('MESSAGE', 'one\n  two'),
  binaryField('EMPTY', ''),
  Buffer.from('_PID=7\n\n'),
]);

function entries(body: Buffer, size = Number.POSITIVE_INFINITY, max?: number) {
  const reader = createExportReader(createJournalReader(createClock({ timeZone: 'UTC', now: now() })), max);
  const found = [];
  for (let at = 0; at < body.length; at += size) found.push(...reader.push(body.subarray(at, at + size)));
  found.push(...reader.end());
  return found;
}

const READ = {
  at: 1,
  draft: {
    uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/),
    timestamp: '2025-11-26T09:40:00.000001Z',
    severityNumber: 17,
    host: 'web1',
    component: 'app',
    service: 'pay',
    attributes: { _PID: '7', TAG: ['a', 'b=c'], EMPTY: '' },
  },
};

describe('entries of the journal', () => {
  test.each([1, 2, 3, 7, 64, 1000])('are read however the network cuts them: chunks of %i bytes', (size) => {
    const found = entries(Buffer.concat([ENTRY, Buffer.from('\n'), ENTRY]), size);
    expect(found).toMatchObject([READ, { ...READ, at: 2 }]);
    expect(found[0]).toMatchObject({ draft: { message: expect.stringMatching(/^one\n\s*two$/) } });
  });

  test('have one uid for one cursor', () => {
    const other = Buffer.from(ENTRY.toString('latin1').replace('i=1;', 'i=2;'), 'latin1');
    const [a, b, c] = entries(Buffer.concat([ENTRY, ENTRY, other])) as { draft: { uid: string } }[];
    expect(a!.draft.uid).toBe(b!.draft.uid);
    expect(a!.draft.uid).not.toBe(c!.draft.uid);
  });

  test('have the time of the journal, also if their line names one', () => {
    const [entry] = entries(Buffer.from('__REALTIME_TIMESTAMP=1764150000000001\nMESSAGE=12:00:00 ERROR refused\n\n'));
    expect(entry).toMatchObject({ draft: { timestamp: '2025-11-26T09:40:00.000001Z' } });
  });

  test('that are too large are rejected, and the next one is read', () => {
    const long = Buffer.concat([binaryField('MESSAGE', 'x'.repeat(5000)), Buffer.from('\n')]);
    const line = Buffer.from(`MESSAGE=${'x'.repeat(5000)}\n\n`);
    const many = Buffer.from(`${'A=\n'.repeat(100)}\n`);
    expect(entries(Buffer.concat([long, line, many, ENTRY]), 100, 2000)).toMatchObject([
      { at: 1, code: 'TOO_LARGE' },
      { at: 2, code: 'TOO_LARGE' },
      { at: 3, code: 'TOO_LARGE' },
      { ...READ, at: 4 },
    ]);
  });

  test('whose lengths lie are an error before anything is held', () => {
    for (const length of [2n ** 64n - 1n, 2n ** 53n, 2n ** 30n]) {
      expect(() => entries(Buffer.concat([ENTRY, binaryField('MESSAGE', 'short', length)]))).toThrow(BodyRejected);
    }
    expect(entries(Buffer.concat([ENTRY, binaryField('MESSAGE', 'short', 700_000_000n)]))).toMatchObject([
      READ,
      { code: 'INCOMPLETE_ENTRY' },
    ]);
    expect(() => entries(binaryField('MESSAGE', 'short', 2n))).toThrow(BodyRejected);
  });

  test('are not found in another format', () => {
    expect(() => entries(Buffer.from('{"message":"a"}\n'))).toThrow(BodyRejected);
  });
});

test('broken bytes are entries, rejections or an error that clients may see', () => {
  const edit = fc.tuple(fc.nat(ENTRY.length - 1), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(edit, { maxLength: 8 }),
      fc.nat(ENTRY.length),
      fc.integer({ min: 1, max: 99 }),
      (edits, end, size) => {
        const body = Buffer.concat([ENTRY, ENTRY.subarray(0, end)]);
        for (const [at, byte] of edits) body[at] = byte;
        try {
          entries(body, size, 4000);
        } catch (error) {
          expect(error).toBeInstanceOf(BodyRejected);
        }
      },
    ),
    { numRuns: 500 },
  );
});
