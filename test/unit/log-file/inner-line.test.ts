import { expect, test } from 'vitest';
import { createClock, withInnerLine } from '../../../src/log-file/inner-line.ts';

const clock = createClock({ timeZone: 'UTC', now: '2026-11-26T12:00:00.000000Z' });
const outer = {
  timestamp: '2026-11-26T10:00:00.000000Z',
  severityNumber: 9,
  host: 'web-1',
  attributes: { pod: 'api-7' },
};

test('What a line says wins over its envelope, and the envelope gives the rest', () => {
  const line = '{"time":"2026-11-26T09:59:59.5Z","level":"error","msg":"boom","pod":"api-8","region":"eu"}';
  expect(withInnerLine(outer, line, clock)).toEqual({
    timestamp: '2026-11-26T09:59:59.500000Z',
    severityNumber: 17,
    host: 'web-1',
    message: 'boom',
    attributes: { pod: 'api-8', region: 'eu', 'weir.pod': 'api-7' },
  });
});

test('A line of no known format is the message', () => {
  expect(withInnerLine(outer, 'hello', clock)).toEqual({ ...outer, message: 'hello' });
});
