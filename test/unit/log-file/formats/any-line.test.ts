import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOG_FORMATS } from '../../../../src/log-file/log-formats.ts';
import { utcClock } from '../../../support/log-lines.ts';

/** Pieces of the lines that formats read. Together they come further into a format than random characters. */
const PIECES = [
  '2024-05-06T07:08:09.123Z',
  '[2024-05-06 07:08:09',
  '06/May/2024:07:08:09 +0000',
  'May 06, 2024 7:08:09 AM',
  'Oct 11 22:14:15',
  '10:00:00.123',
  '1714979289.123',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '"',
  '|',
  ' - ',
  ': ',
  ' ',
  '\t',
  ' ERROR',
  'info',
  '[WARN ]',
  'E',
  'I, ',
  '#42',
  '--',
  'com.acme.Foo',
  'my_crate::db',
  'main.go:12',
  '[main]',
  'host',
  'sshd[7]',
  'level=warn',
  '<34>1',
  '[GIN] ',
  'Started GET "/x" for ::1',
  'Completed 500 Error in 3ms',
  'PHP Warning:  ',
  ' in /a.php on line 3',
  '{"a":1}',
  ' []',
  '0x97b',
  '[Originator@6876 sub=x',
  'panic: ',
  '\u0000',
  '\u2028',
  'é',
  '=INFO REPORT==== ',
];

test('no line makes a format throw, and what a format reads has a valid level', () => {
  const line = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { maxLength: 10 });
  fc.assert(
    fc.property(line, (pieces) => {
      const text = pieces.join('');
      for (const format of LOG_FORMATS) {
        const inFile = format.inFile?.() ?? format;
        inFile.isHead?.(text);
        const draft = inFile.parse(text, utcClock);
        if (!draft) continue;
        expect(draft.severityNumber ?? 9).toBeGreaterThan(0);
        expect(typeof (draft.message ?? '')).toBe('string');
        inFile.adds?.(text, draft);
      }
    }),
    { numRuns: 500 },
  );
});

test('a format reads only lines that begin with a character of its `first`', () => {
  const begun = fc.tuple(
    fc.string({ minLength: 1, maxLength: 1 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }),
  );
  fc.assert(
    fc.property(begun, ([begin, pieces]) => {
      const lines = [begin + pieces.join(''), pieces.join('')].filter((text) => text !== '');
      for (const text of lines)
        for (const format of LOG_FORMATS)
          if (format.first && !format.first.test(text[0]!)) expect(format.parse(text, utcClock)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});
