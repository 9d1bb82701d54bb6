import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportedRecord } from '../../../src/log/export/exported-record.ts';
import type { JsonObject } from '../../../src/log/json.ts';
import { type LogRecord, makeRecord, type NewRecord } from '../../../src/log/record.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';
import { anyRecordOrCall } from '../../support/arbitraries.ts';
import { ARRIVAL, calling, record } from '../../support/records.ts';

/** A line of an export, as a server reads it. */
const lineOf = (one: NewRecord): JsonObject => JSON.parse(JSON.stringify(exportedRecord(one, one.llmContent)));

const imported = (line: JsonObject) => makeRecord(draftFromJson(line), { ...ARRIVAL, llmContent: 'full' });

/** All that an import keeps. `receivedAt` is when this server received the record; a price list says the cost again. */
const kept = ({ receivedAt: _, uidGiven: __, bytes: ___, at: ____, llm, ...fields }: NewRecord) => ({
  ...fields,
  llm: llm && {
    ...llm,
    priceVersion: null,
    ...(llm.costSource === 'PRICE_LIST' && { costNanoUsd: null, costSource: null }),
  },
});

test('every record comes back from a line of an export as it was', () => {
  fc.assert(
    fc.property(anyRecordOrCall, (one) => {
      // A name in a trace gives a record without an error type one: so it would have been read the first time.
      fc.pre(one.stackTrace === null || !!one.errorType);
      fc.pre(!!one.action || !one.httpMethod || !one.httpPath);
      expect(kept(imported(lineOf(one)) as NewRecord)).toEqual(kept(one));
    }),
    { numRuns: 500 },
  );
});

test('names of loggers and of model calls in its attributes stay there', () => {
  const attributes = {
    msg: 'inner',
    level: 'error',
    receivedAt: 'x',
    id: 7,
    'gen_ai.request.model': 'gpt-4o',
    ai: { operationId: 'ai.generateText' },
    llm: { model: 'x' },
  };
  const one = record({ attributes });
  expect(kept(imported(lineOf(one)) as NewRecord)).toEqual(kept(one));
});

test('a model call comes back with its cost and its content; a cost of the price list is left to the server that reads it', () => {
  const one = calling({}, { toolName: 'search', costSource: 'SENDER' }, { input: [{ role: 'user' }], output: 'yes' });
  expect(kept(imported(lineOf(one)) as NewRecord)).toEqual(kept(one));
  const priced = imported(lineOf(calling({}, { costSource: 'PRICE_LIST' }))) as NewRecord;
  expect(priced.llm).toMatchObject({ costNanoUsd: null, costSource: null, inputTokens: 120 });
});

test('what was added to a line goes to the attributes', () => {
  const line = { ...lineOf(record({ attributes: { a: 1 } })), note: 'kept', a: 2 };
  expect((imported(line) as LogRecord).attributes).toEqual({ a: 1, note: 'kept', 'weir.a': 2 });
});

test('a record whose id says another record, or with a value of another type, is read by its names', () => {
  const line = lineOf(record({ attributes: { a: 1 } }));
  const other = lineOf(record());
  const changes: JsonObject[] = [{ id: other.id! }, { id: 7 }, { durationMs: '5 s' }];
  for (const changed of changes.map((change): JsonObject => ({ ...line, ...change }))) {
    expect((imported(changed) as LogRecord).attributes).toMatchObject({ a: 1, id: changed.id });
  }
});
