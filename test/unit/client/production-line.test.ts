import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayFileName, parseDayFileName } from '../../../client/src/files/day-file-name.ts';
import { productionLine, stackLines } from '../../../client/src/files/production-line.ts';

const time = Date.UTC(2025, 6, 6, 10, 30, 15, 999);

test('a record is a line for people', () => {
  const record = { level: 30, time, pid: 7, hostname: 'vm', msg: 'Batch complete', success_rate: 0.924 };
  expect(productionLine(record)).toBe('2025-07-06T10:30:15Z INFO Batch complete success_rate=92.4%');
  expect(productionLine({ ...record, success_rate: '92.4%' })).toBe(
    '2025-07-06T10:30:15Z INFO Batch complete success_rate=92.4%',
  );
  const more = {
    level: 'warn',
    time: '2025-07-06T10:30:15.5Z',
    message: 'Slow',
    rate_per_second: 0.5,
    of: { a: [1], b: 'two words', c: null },
  };
  expect(productionLine(more)).toBe('2025-07-06T10:30:15Z WARN Slow rate_per_second=0.5 of.a=[1] of.b="two words"');
});

test('a rate is rounded down: 100% says that all is done', () => {
  const rates = [1, 0.99999, 0.57, 0.29, 0, 1.5, -1].map((rate) => productionLine({ level: 30, time, msg: 'x', rate }));
  expect(rates.map((line) => line.split('rate=')[1])).toEqual(['100%', '99.9%', '57%', '29%', '0%', '1.5', '-1']);
});

test('an error is its type and message, and its stack stands below, indented', () => {
  const err = { type: 'TypeError', message: 'no name', stack: 'TypeError: no name\n    at shop.ts:7' };
  const record = { level: 50, time, msg: 'Lead failed', item: '7', err };
  expect(productionLine(record)).toBe('2025-07-06T10:30:15Z ERROR Lead failed item=7 error="TypeError: no name"');
  expect(stackLines(record)).toBe('    TypeError: no name\n    at shop.ts:7\n');
  expect(stackLines({ level: 50 })).toBe('');
});

test('a business figure is its name and number', () => {
  const record = {
    level: 30,
    time,
    component: 'metrics',
    metric: 'leads_processed',
    value: 500,
    batch: 7,
    msg: 'metric',
  };
  expect(productionLine(record)).toBe('2025-07-06T10:30:15Z INFO leads_processed=500 batch=7');
});

test('the end of an operation is told in figures', () => {
  const summary = { success_rate: 0.9996, elapsed_seconds: 12.5, failed_items: ['7'], reason: null };
  const progress = { status: 'succeeded', processed: 5000, failed: 2, total: 5000, summary };
  expect(productionLine({ level: 30, time, operation: 'leads', progress, msg: 'operation succeeded' })).toBe(
    '2025-07-06T10:30:15Z INFO operation succeeded operation=leads processed=5000 failed=2 total=5000 success_rate=99.9% elapsed_seconds=12.5',
  );
});

test('whatever a record holds, it is one line, of bounded length', () => {
  const text = fc.string({
    unit: fc.constantFrom('\n', '\r', '\0', '\x1b', '\x85', '\u2028', ' ', '=', '"', 'a', '\u{1f600}'),
  });
  fc.assert(
    fc.property(
      fc.dictionary(text, fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme-ascii' }), { maxKeys: 5 }),
      text,
      (fields, msg) => {
        const line = productionLine({ level: 30, ...fields, time, msg });
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(line).toMatch(/^2025-07-06T10:30:15Z [A-Z]+ /);
      },
    ),
  );
  expect(productionLine({ level: 30, time, msg: 'x'.repeat(1e6) })).toHaveLength(4099);
  expect(productionLine({ level: 30, time: 'never', msg: 'x' })).toMatch(/^\d{4}-.*Z INFO x$/);
});

test("the name of a file says its topic, day and part, and only these files are anyone's", () => {
  expect(dayFileName({ name: 'leads', day: '2025-07-06', part: 0 })).toBe('leads-2025-07-06.log');
  expect(dayFileName({ name: 'leads', day: '2025-07-06', part: 2 })).toBe('leads-2025-07-06.2.log');
  expect(parseDayFileName('leads-2025-07-06.2.log.gz', 'leads')).toEqual({
    name: 'leads',
    day: '2025-07-06',
    part: 2,
    isPacked: true,
  });
  for (const other of ['leads-2025-07-06.log.gz.tmp', 'leads-old-2025-07-06.log', 'leads-2025-07-06.txt', 'a.log']) {
    expect(parseDayFileName(other, 'leads')).toBeUndefined();
  }
});
