import { expect, test } from 'vitest';
import { decodeBatch, encodeBatch, frameAt } from '../../../src/ingest/spool/frame.ts';
import type { NewRecord } from '../../../src/log/record.ts';
import { calling, record } from '../../support/records.ts';
import { batchOf } from '../../support/spool.ts';

async function decoded(records: NewRecord[]): Promise<NewRecord[]> {
  const frame = frameAt(await encodeBatch(batchOf(records)), 0);
  if (frame.kind !== 'batch') throw new Error(`expected a batch, got ${frame.kind}`);
  return (await decodeBatch(frame.head, frame.body)).submissions.flatMap((submission) => submission.records);
}

test('a frame keeps the call of a record and its content', async () => {
  const records = [calling({}, {}, { input: ['a'], output: null }), calling(), record()];
  expect(await decoded(records)).toEqual(records);
});

test('records in a frame of an earlier version have no call', async () => {
  const { llm: _, llmContent: __, ...earlier } = record();
  expect(await decoded([earlier as NewRecord])).toEqual([{ ...earlier, llm: null, llmContent: null }]);
});
