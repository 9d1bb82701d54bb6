import { expect, test } from 'vitest';
import { bodyParts } from '../../../src/ingest/http/body-parts.ts';
import type { Entry } from '../../../src/log-file/entries/entry.ts';

const arrival = () => ({
  receivedAt: '2026-11-22T00:00:00.000000Z',
  oldest: '0001-01-01T00:00:00.000000Z',
  newest: '9999-12-31T23:59:59.999999Z',
  environment: 'test',
  deploymentVersion: '1',
  stamp: null,
  redactor: null,
});

/** Entries that take half a millisecond each to read. */
function* slowEntries(count: number): Generator<Entry> {
  for (let at = 1; at <= count; at++) {
    for (const until = performance.now() + 0.5; performance.now() < until; );
    yield { at, size: 1, draft: { message: `record ${at}` } };
  }
}

test('others have their turn while a long body is read, and its records keep their order', async () => {
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns++;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  const parts = await Array.fromAsync(bodyParts([slowEntries(400)], arrival, {}, null));
  reading = false;
  expect(turns).toBeGreaterThan(4);
  const records = parts.flatMap(({ submission }) => submission.records);
  expect(records.map(({ message }) => message)).toEqual(Array.from({ length: 400 }, (_, i) => `record ${i + 1}`));
  expect(records.map(({ uid }) => uid)).toEqual(records.map(({ uid }) => uid).toSorted());
});
