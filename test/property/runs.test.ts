import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { parseScope } from '../../src/access/scope.ts';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { type Filter, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { compareRecords, type NewRecord } from '../../src/log/record.ts';
import { matchesRun, type Run, type RunStatus, readRun, statusOf } from '../../src/log/run.ts';
import { endOfNow, now, shift } from '../../src/log/time.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { lacking } from '../support/arbitraries.ts';
import { record } from '../support/records.ts';

/** `PROPERTY_RUNS` and `PROPERTY_SEED` ask for more, or for the same again. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 15);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

const START = '2026-03-01T00:00:00.000000Z';
const END = '2026-03-09T00:00:00.000000Z';
const HOURS = 8 * 24;
const DAY_MS = 86_400_000;

/** Anything that a sender may write as progress, sound or not. */
const progress: Arbitrary<unknown> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        operation: fc.constantFrom('leads', 'orders', 7, ''),
        processed: fc.oneof(fc.nat(), fc.constantFrom(-1, 1.5, 'many')),
        failed: fc.nat(),
        total: fc.oneof(fc.nat(), fc.constant(null)),
        rate_per_second: fc.oneof(fc.double({ min: 0, noNaN: true }), fc.constant('fast')),
        elapsed_seconds: fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(1e300)),
        eta_seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
        current_item: fc.oneof(fc.string({ unit: 'binary' }), fc.nat()),
        status: fc.constantFrom('running', 'succeeded', 'failed', 'cancelled', 'timed_out', 'odd', null),
        summary: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.constant('done')),
        expect_within_seconds: fc.constantFrom(1, 86_400, 0, 'soon'),
      },
      { requiredKeys: [] },
    ),
  },
  fc.constantFrom(null, 'half', [1], undefined),
);

const anyRecord: Arbitrary<NewRecord> = fc
  .record({
    hour: fc.integer({ min: 0, max: HOURS - 1 }),
    uid: fc.uuid(),
    isRecent: fc.boolean(),
    pipelineId: lacking(fc.constantFrom('a', 'b', 'c', 'd😀', 'd\uffff', "e'\\")),
    service: fc.constantFrom('etl', 'web'),
    host: lacking(fc.constantFrom('h1', 'h2')),
    environment: fc.constantFrom('staging', 'production'),
    severityNumber: fc.constantFrom(9, 17),
    progress,
  })
  .map(({ hour, isRecent, progress, ...fields }) => ({
    ...record({ ...fields, timestamp: shift(START, hour * 3_600_000), attributes: { progress } }),
    receivedAt: shift(now(), isRecent ? 0 : -2 * DAY_MS),
  }));

type Step = { do: 'store'; records: NewRecord[] } | { do: 'clean'; before: string; filter: Filter | null };

const steps: Arbitrary<Step[]> = fc.array(anyRecord, { minLength: 30, maxLength: 60 }).chain((records) =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.subarray(records).map((some): Step => ({ do: 'store', records: some })) },
      fc
        .record({
          hour: fc.integer({ min: 0, max: HOURS }),
          filter: fc.constantFrom(null, null, parseFilter({ minLevel: 'ERROR' }), parseFilter({ services: ['etl'] })),
        })
        .map(({ hour, filter }): Step => ({ do: 'clean', before: shift(START, hour * 3_600_000), filter })),
    ),
    { minLength: 2, maxLength: 8 },
  ),
);

const SCOPE = parseScope('environment:staging');
const CALLERS: readonly Caller[] = [ANYONE, { ...ANYONE, key: 'staging', scope: SCOPE }];

const FIELDS = `pipelineId name status summary service host progress {
  processed failed total percentage ratePerSecond currentItem stage updatedAt
}`;

interface Asked {
  statuses: RunStatus[] | null;
  names: string[] | null;
  services: string[] | null;
  time: { from: string; to: string };
}

const asked: Arbitrary<Asked> = fc.record({
  statuses: fc.oneof(fc.constant(null), fc.subarray<RunStatus>(['RUNNING', 'STALLED', 'SUCCEEDED', 'FAILED'])),
  names: fc.constantFrom(null, ['leads'], ['orders', '7'], []),
  services: fc.constantFrom(null, null, ['web']),
  time: fc.oneof(
    { weight: 2, arbitrary: fc.constant({ from: START, to: END }) },
    fc.tuple(fc.integer({ min: 0, max: HOURS }), fc.integer({ min: 0, max: HOURS })).map(([a, b]) => ({
      from: shift(START, Math.min(a, b) * 3_600_000),
      to: shift(START, Math.max(a, b) * 3_600_000),
    })),
  ),
});

const shown = (run: Run) => {
  const { elapsedMs: _, etaMs: __, ...progress } = run.progress;
  return {
    ...{ pipelineId: run.pipelineId, name: run.name, status: statusOf(run, endOfNow()), summary: run.summary },
    ...{ service: run.service, host: run.host, progress: { ...progress, updatedAt: run.timestamp } },
  };
};

/** The newest record of each run among the visible ones, by looking at all of them. */
function newestOf(stored: Iterable<NewRecord>, scope: Filter | null): Run[] {
  const sees = scope === null ? () => true : compileMatch(scope);
  const runs = [...stored].filter(sees).flatMap((one) => readRun(one) ?? []);
  const sorted = runs.sort((a, b) => compareRecords(b, a));
  return sorted.filter((run, i) => sorted.findIndex(({ pipelineId }) => pipelineId === run.pipelineId) === i);
}

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const PAGE = `query ($statuses: [RunStatus!], $names: [String!], $services: [String!], $time: TimeRangeInput!, $after: String) {
  pipelines(statuses: $statuses, names: $names, services: $services, time: $time, first: 2, after: $after) {
    nodes { ${FIELDS} } pageInfo { hasNextPage endCursor }
  }
}`;

async function allPages(caller: Caller, variables: Asked): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const { data, errors } = await api.query(caller, PAGE, { ...variables, after });
    if (errors) throw new Error(JSON.stringify(errors));
    const page = data!.pipelines as { nodes: unknown[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    found.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return found;
    after = page.pageInfo.endCursor;
  }
}

async function onePipeline(caller: Caller, pipelineId: string): Promise<unknown> {
  const query = `query ($id: String!) { pipeline(pipelineId: $id) { ${FIELDS} } }`;
  const { data, errors } = await api.query(caller, query, { id: pipelineId });
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.pipeline;
}

test('pipelines are what all visible records say, in whatever order they come and go', {
  timeout: 600_000,
}, async () => {
  const property = fc.asyncProperty(
    steps,
    fc.array(asked, { minLength: 3, maxLength: 3 }),
    async (taken, questions) => {
      const { sql } = api.database;
      await sql`truncate system_logs, ingest_batches, ingest_requests, log_rollups, log_rollup_gaps, pipeline_runs`;
      const stored = new Map<string, NewRecord>();
      for (const step of taken) {
        if (step.do === 'clean') {
          const { before, filter } = step;
          await cleanup(sql, { before, filter, dryRun: false, timeLimitMs: 60_000 });
          const goes = filter === null ? () => true : compileMatch(filter);
          for (const [key, one] of stored) if (one.timestamp < before && goes(one)) stored.delete(key);
        } else {
          await api.store(...step.records.map((one) => ({ ...one })));
          for (const one of step.records) {
            const key = `${one.timestamp} ${one.uid}`;
            if (!stored.has(key)) stored.set(key, one);
          }
        }
        for (const caller of CALLERS) {
          const runs = newestOf(stored.values(), caller.scope);
          for (const question of questions) {
            const { time, ...lists } = question;
            const expected = runs.filter(
              (run) =>
                run.timestamp >= time.from &&
                run.timestamp < time.to &&
                matchesRun(run, { ...lists, pipelineIds: null }, endOfNow()),
            );
            expect(await allPages(caller, question), JSON.stringify(question)).toEqual(expected.map(shown));
          }
          for (const run of runs.slice(0, 2)) expect(await onePipeline(caller, run.pipelineId)).toEqual(shown(run));
        }
      }
      const [row] = await sql<{ rows: number }[]>`select count(*) as rows from pipeline_runs`;
      expect(row!.rows).toBe(newestOf(stored.values(), null).length);
    },
  );
  await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
});
