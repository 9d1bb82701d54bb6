import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection/client.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  type Filter,
  fieldTest,
  HAS_ERROR,
  HAS_LLM_CALL,
  llmTest,
  not,
} from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { type Timestamp, timestampFromMicros } from '../../src/log/time.ts';
import { readAggregates } from '../support/aggregates.ts';
import { anyJson } from '../support/arbitraries.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { LONG } from '../support/chaos/history.ts';
import { createTestDatabase } from '../support/database.ts';
import { calling, insert, record } from '../support/records.ts';

const START = BigInt(Date.UTC(2026, 10, 18)) * 1000n;
const DAYS = 4;
const MINUTE = 60_000_000;

/** At bounds of minutes and days, beside them, and anywhere. */
const times: fc.Arbitrary<Timestamp> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: DAYS * 1440 - 1 }), fc.constantFrom(0, 1, 60, 1439, 1440, 2880, 2881)),
    fc.oneof(fc.integer({ min: 0, max: MINUTE - 1 }), fc.constantFrom(0, 1, MINUTE - 1)),
  )
  .map(([minute, micros]) => timestampFromMicros(START + BigInt(minute) * BigInt(MINUTE) + BigInt(micros))!);

const oneOf = <T>(...values: T[]) => fc.constantFrom<(T | undefined)[]>(undefined, ...values);
const names = oneOf('a', 'b', 'B', 'é', 'it\'s "x"');
const ms = fc.oneof(
  oneOf(0, 1, 1.5, 100, 5e-324, 1e15, 1.5e15, 1e300),
  fc.double({ min: 0, max: 5000, noNaN: true }),
  fc.double({ min: 100, max: 101, noNaN: true }),
);
const tokens = fc.constantFrom(null, 0, 7, Number.MAX_SAFE_INTEGER);
const model = fc.constantFrom(null, 'gpt-4o', 'x');

const drafts = fc.record({
  timestamp: times,
  severityNumber: fc.constantFrom(1, 9, 9, 13, 17, 18, 21),
  service: fc.constantFrom('web', 'billing', 'Web', 'ä'),
  message: fc.constantFrom('payment refused', 'Payment ok', 'é', 'x'),
  ...{ component: names, environment: names, host: names, errorType: names },
  userId: oneOf('u1', 'u2', 'u3', 'u4', 'u5'),
  correlationId: oneOf('c1', 'c2', 'c3'),
  pipelineId: oneOf('c1', 'c2'),
  durationMs: ms,
  attributes: fc.record({ k: anyJson, '*': anyJson, 'a/b~1': anyJson }, { requiredKeys: [] }),
});
const calls = fc.record({
  counted: fc.constantFrom(true, true, false),
  ...{ requestModel: model, responseModel: model, conversationId: model },
  ...{ inputTokens: tokens, outputTokens: tokens, costNanoUsd: tokens },
  timeToFirstTokenMs: fc.constantFrom(null, 1, 2.5, 100),
});
const records: fc.Arbitrary<NewRecord> = fc.oneof(
  drafts.map((draft) => record(draft)),
  fc.tuple(drafts, calls).map(([draft, call]) => calling(draft, call)),
);

const conditions: fc.Arbitrary<Filter> = fc.constantFrom<Filter[]>(
  EVERYTHING,
  EVERYTHING,
  fieldTest('service', { op: 'in', values: ['web', 'ä'] }),
  fieldTest('level', { op: '>=', value: 4 }),
  fieldTest('component', { op: 'exists' }),
  fieldTest('message', { op: 'contains', value: 'PAYMENT' }),
  fieldTest('userId', { op: 'in', values: ['u1'] }),
  fieldTest('correlationId', { op: 'in', values: ['c1', 'c2'] }),
  fieldTest('durationMs', { op: '>', value: 1.5 }),
  HAS_ERROR,
  HAS_LLM_CALL,
  llmTest('model', { op: 'in', values: ['gpt-4o'] }),
  llmTest('conversationId', { op: 'in', values: ['x'] }),
);
const filters = fc.oneof(
  conditions,
  conditions.map(not),
  fc.tuple(conditions, conditions).map((two) => allOf(...two)),
  fc.tuple(conditions, conditions).map((two) => anyOf(...two)),
);
const questions = fc
  .tuple(filters, times, times, fc.nat())
  .map(([filter, a, b, turn]) => ({ filter, turn, span: a < b ? { from: a, to: b } : { from: b, to: a } }));

const cases = fc.record({
  before: fc.array(records, { minLength: 30, maxLength: 120 }),
  late: fc.array(records, { maxLength: 20 }),
  isArchived: fc.array(fc.boolean(), { minLength: DAYS, maxLength: DAYS }),
  merged: fc.boolean(),
  asked: fc.array(questions, { minLength: 3, maxLength: 4 }),
});

test('every aggregate over both stores equals that of a database without an archive', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ before, late, isArchived, merged, asked }) => {
      await using plain = await createTestDatabase();
      await using archived = await createArchivedDatabase();
      const both: Sql[] = [plain.sql, archived.sql];
      for (const sql of both) await insert(sql, before);
      if (merged) for (const sql of both) await keepRollups(sql);
      const partitions = await readPartitions(archived.sql, SYSTEM_LOGS);
      await archived.archivePartitions(partitions.filter((_, day) => isArchived[day]).map(({ name }) => name));
      if (late.length > 0) for (const sql of both) await insert(sql, late, 2);
      for (const { filter, span, turn } of asked) {
        const [expected, told] = await Promise.all(both.map((sql) => readAggregates(sql, filter, span, turn)));
        expect(told).toEqual(expected);
      }
    }),
    { numRuns: LONG ? 60 : 3, endOnFailure: true },
  );
}, 600_000);
