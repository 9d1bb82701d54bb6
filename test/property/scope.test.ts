import { isDeepStrictEqual } from 'node:util';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../src/access/caller.ts';
import { parseScope } from '../../src/access/scope.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { ROLLUPS } from '../../src/db/rollups/rollup.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { compareRecords, type NewRecord } from '../../src/log/record.ts';
import { matchesRun, type RunFilter, readRun } from '../../src/log/run.ts';
import { shift } from '../../src/log/time.ts';
import { schema } from '../../src/schema/index.ts';
import { createTestApi, type EventStream, type Result, type TestApi } from '../support/api.ts';
import { anyLlmCall, anyLlmContent, anyRecord, lacking } from '../support/arbitraries.ts';
import { plainScope, scopeOver } from '../support/arbitrary-scopes.ts';
import { type Arguments, argumentsOver } from '../support/every-argument.ts';
import {
  type Coordinate,
  type EveryField,
  everyFieldBelow,
  isField,
  reachableFields,
  rootFields,
} from '../support/every-field.ts';
import { record } from '../support/records.ts';
import { until } from '../support/server.ts';

/** `PROPERTY_RUNS` and `PROPERTY_SEED` ask for more, or for the same again. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 12);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

const FORBIDDEN = 'FORBIDDEN under a scope';
const ADMIN = 'needs ADMIN, which never has a scope; no record is read';
const SEARCHES = 'no record is read: all who may read see the saved searches';
const ALERTS = 'no alert is read: `node` of one is FORBIDDEN under a scope, and `SavedSearch.alerts` is null';
const CURSOR = 'a cursor: compared by the records that it leads to';

/** The fields whose answers are not compared, each with its reason. All others are: a new field is compared or stands here. */
const EXEMPT: Readonly<Record<Coordinate, string>> = {
  'Query.health': FORBIDDEN,
  'Query.storage': FORBIDDEN,
  'Subscription.health': FORBIDDEN,
  'Query.alerts': FORBIDDEN,
  'Query.alertEvents': FORBIDDEN,
  'Subscription.alertEvents': FORBIDDEN,
  'Mutation.cleanup': FORBIDDEN,
  'Mutation.ingest': "no record is read: the answer is about the sender's own records",
  'Query.viewer': 'no record is read: it says who asks',
  'Query.savedSearches': SEARCHES,
  'Mutation.saveSearch': SEARCHES,
  'Mutation.deleteSearch': SEARCHES,
  'Query.notifiers': ADMIN,
  'Mutation.saveAlert': ADMIN,
  'Mutation.deleteAlert': ADMIN,
  'Mutation.silenceAlert': ADMIN,
  'Mutation.testAlert': ADMIN,
  'Mutation.saveNotifier': ADMIN,
  'Mutation.deleteNotifier': ADMIN,
  'Query.apiKeys': ADMIN,
  'Query.auditEvents': ADMIN,
  'Mutation.createApiKey': ADMIN,
  'Mutation.revokeApiKey': ADMIN,
  'SavedSearch.alerts': ALERTS,
  'Alert.search': ALERTS,
  'Alert.events': ALERTS,
  'AlertEvent.alert': ALERTS,
  'AlertEvent.sample': ALERTS,
  // Two fields of one name and different types cannot stand in one document.
  'AlertEvent.kind': ALERTS,
  'AlertEvent.value': ALERTS,
  'LogConnection.tailCursor': CURSOR,
  'TailBatch.cursor': CURSOR,
};
const exempt = new Set(Object.keys(EXEMPT));

/** In a tail they are an error. Queries compare them. */
const NOT_IN_TAIL = ['Log.correlation', 'Log.surrounding'];
/** In `Subscription.stats` they move with the clock. Queries compare them. */
const BY_THE_CLOCK = [
  'LogStats.range',
  'LogStats.ratePerSecond',
  'LogStats.histogram',
  'LogStats.bars',
  'ErrorGroup.bars',
];

const TIMES = { from: '2025-03-01T06:00:00.000000Z', to: '2025-03-01T12:00:00.000000Z' };
const MINUTES = 6 * 60 - 1;

/** Records that share chains, runs, users and values, at few times. */
const chainedRecord: Arbitrary<NewRecord> = fc
  .record({
    base: anyRecord,
    uid: fc.uuid(),
    minute: fc.oneof(fc.integer({ min: 0, max: MINUTES }), fc.constantFrom(60, 61, 120, MINUTES)),
    severityNumber: fc.integer({ min: 1, max: 24 }),
    service: fc.constantFrom('billing', 'web', 'cron'),
    component: lacking(fc.constantFrom('db', 'api')),
    environment: fc.constantFrom('staging', 'production', 'test', null),
    host: lacking(fc.constantFrom('h1', 'h2')),
    correlationId: lacking(fc.constantFrom('c1', 'c2', 'c3')),
    pipelineId: lacking(fc.constantFrom('p1', 'p2')),
    userId: lacking(fc.constantFrom('ann', 'bob', 'cy')),
    errorType: lacking(fc.constantFrom('Timeout', 'Refused')),
    // Their sums are exact in any order.
    durationMs: lacking(fc.constantFrom(0, 1, 5, 250.5, 60_000)),
    team: fc.constantFrom('payments', 'growth', undefined),
    progress: fc.constantFrom(
      ...[undefined, undefined, 'half', {}],
      ...[
        { operation: 'leads', processed: 1, total: 4 },
        { operation: 'orders', expect_within_seconds: 86_400 },
      ],
      { operation: 'orders', processed: 9, status: 'succeeded', summary: { stored: 9 } },
    ),
    llm: lacking(anyLlmCall),
    llmContent: lacking(anyLlmContent),
  })
  .map(({ base, minute, team, progress, llm, llmContent, ...fields }) => ({
    ...record({
      ...base,
      ...fields,
      timestamp: shift(TIMES.from, minute * 60_000),
      attributes: {
        ...base.attributes,
        ...(team !== undefined && { team }),
        ...(progress !== undefined && { progress }),
      },
    }),
    llm,
    llmContent: llm && llmContent,
  }));

interface Case {
  batches: NewRecord[][];
  scope: string;
  args: Arguments;
  merged: boolean;
}

const BATCHES = 4;
const cases: Arbitrary<Case> = fc.array(chainedRecord, { minLength: 40, maxLength: 40 }).chain((records) =>
  fc.record({
    batches: fc.constant(
      Array.from({ length: BATCHES }, (_, n) => records.filter((_, index) => index % BATCHES === n)),
    ),
    scope: fc.oneof(plainScope, scopeOver(records)),
    args: argumentsOver(records, TIMES),
    merged: fc.boolean(),
  }),
);

describe('every field of the API', () => {
  test('is compared under a scope, or exempt with a reason', () => {
    const compared = new Set<Coordinate>();
    const [args] = fc.sample(
      fc.array(chainedRecord, { minLength: 5, maxLength: 5 }).chain((records) => argumentsOver(records, TIMES)),
      1,
    );
    for (const document of queriesOf(args!)) compared.add(document.name);
    queriesOf(args!, (field) => compared.add(field));
    tailOf(args!, (field) => compared.add(field));
    statsOf(args!, (field) => compared.add(field));
    pipelinesOf(args!, (field) => compared.add(field));
    const reachable = reachableFields(exempt);
    expect([...reachable].filter((field) => !compared.has(field))).toEqual([]);
    expect(Object.keys(EXEMPT).filter((field) => !isField(field))).toEqual([]);
    // A value for every argument, also for the optional ones.
    const missing = [...reachable].flatMap((field) => {
      const [type, name] = field.split('.') as [string, string];
      const { args: wanted } = (schema.getType(type) as never as { getFields(): never }).getFields()[name] as {
        args: { name: string }[];
      };
      return wanted.filter((one) => !Object.hasOwn(args![field] ?? {}, one.name)).map((one) => `${field}(${one.name})`);
    });
    expect(missing).toEqual([]);
  });
});

const argumentsFrom = (args: Arguments) => (field: Coordinate) => {
  if (!args[field]) throw new Error(`${field}: expected arguments in test/support/every-argument.ts`);
  return args[field];
};

type Selected = (field: Coordinate) => void;
const ignore: Selected = () => {};

const queriesOf = (args: Arguments, selected = ignore): (EveryField & { name: string })[] =>
  rootFields('Query', exempt).map((name) => ({
    name,
    ...everyFieldBelow('query', name, { without: exempt, argumentsOf: argumentsFrom(args), selected }),
  }));

const tailOf = (args: Arguments, selected = ignore): EveryField =>
  everyFieldBelow('subscription', 'tail', {
    without: new Set([...exempt, ...NOT_IN_TAIL].filter((field) => field !== 'TailBatch.cursor')),
    argumentsOf: argumentsFrom(args),
    selected,
  });

const statsOf = (args: Arguments, selected = ignore): EveryField =>
  everyFieldBelow('subscription', 'stats', {
    without: new Set([...exempt, ...BY_THE_CLOCK]),
    argumentsOf: argumentsFrom(args),
    selected,
  });

const pipelinesOf = (args: Arguments, selected = ignore): EveryField =>
  everyFieldBelow('subscription', 'pipelines', { without: exempt, argumentsOf: argumentsFrom(args), selected });

/** How many runs a subscription of pipelines tells of at once. */
function countRuns(records: readonly NewRecord[], named: Partial<RunFilter>): number {
  const filter: RunFilter = { pipelineIds: null, names: null, services: null, statuses: null, ...definedOf(named) };
  const newestFirst = records.flatMap((one) => readRun(one) ?? []).sort((a, b) => compareRecords(b, a));
  const runs = new Map(newestFirst.toReversed().map((run) => [run.pipelineId, run]));
  return [...runs.values()].filter((run) => matchesRun(run, filter, run.timestamp)).length;
}

const definedOf = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

/** One database with one caller: all records with a scoped one, or what matches with one that sees all. */
interface Side {
  api: TestApi;
  caller: Caller;
  isStored: (record: NewRecord) => boolean;
}

let everything: TestApi;
let matching: TestApi;
beforeAll(async () => {
  [everything, matching] = await Promise.all([createTestApi(), createTestApi()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([everything, matching].map((api) => api[Symbol.asyncDispose]()));
});

const reset = ({ api: { database } }: Side): Promise<unknown> =>
  database.sql`truncate system_logs, llm_logs, llm_contents, ingest_batches, ingest_requests, log_rollups, log_rollup_gaps,
    llm_rollups, llm_rollup_gaps, pipeline_runs`;

async function store({ api, isStored }: Side, records: readonly NewRecord[]): Promise<void> {
  const stored = records.filter(isStored);
  if (stored.length === 0) return;
  await api.store(...stored.map((one) => ({ ...one })));
}

const merge = ({ api }: Side): Promise<unknown> =>
  inTransaction(api.database.sql, async (tx) => {
    await lockRollups(tx);
    for (const rollup of ROLLUPS) await mergeDeltas(tx, rollup);
  });

async function tailCursor({ api, caller }: Side): Promise<string> {
  const { data } = await api.query(caller, '{ logs(first: 0) { tailCursor } }');
  return (data!.logs as { tailCursor: string }).tailCursor;
}

interface Batch {
  logs: { uid: string }[];
  cursor: string;
  skipped: number;
  live: boolean;
}

const batchesOf = ({ results }: EventStream): Batch[] =>
  results.map(({ data, errors }) => {
    if (!data) throw new Error(JSON.stringify(errors));
    return data.tail as Batch;
  });

/** What a reader of the tail has seen. How live records are divided into events depends on when they are read. */
const seenBy = (stream: EventStream) => ({
  logs: batchesOf(stream).flatMap(({ logs }) => logs),
  skipped: batchesOf(stream).reduce((sum, { skipped }) => sum + skipped, 0),
});

const receives = (stream: EventStream, count: number): Promise<unknown> =>
  until(() => seenBy(stream).logs.length >= count, 10_000, `${count} records of a tail`);

interface Answers {
  [name: string]: unknown;
}

/** All answers of one side. Tails are opened between batches, and read until the last one. */
async function answersOf(side: Side, { batches, args, merged }: Case): Promise<Answers> {
  const { api, caller } = side;
  await reset(side);
  const filter = (args['Subscription.tail']!.filter ?? null) as LogFilterInput | null;
  const tail = tailOf({ ...args, 'Subscription.tail': { filter, after: '', backfill: 0 } });
  const [, ofAfter, ofBackfill] = Object.keys(tail.variables);
  const open = async (from: { after?: string; backfill?: number }): Promise<EventStream> => {
    const variables = { ...tail.variables, [ofAfter!]: from.after ?? null, [ofBackfill!]: from.backfill ?? 0 };
    const stream = await api.subscribe(caller, tail.query, variables);
    await until(() => stream.results.length > 0, 10_000, 'the first event of a tail');
    return stream;
  };
  const matches = matchOf(filter, caller.scope);
  const countIn = (some: readonly NewRecord[][]) =>
    some.flat().filter((one) => side.isStored(one) && matches(one)).length;

  const start = await tailCursor(side);
  for (const batch of batches.slice(0, 2)) await store(side, batch);
  const middle = await tailCursor(side);
  const tails = {
    fromStart: await open({ after: start }),
    fromMiddle: await open({ after: middle }),
    backfilled: await open({ backfill: 3 }),
    live: await open({}),
  };
  const [before, after] = [countIn(batches.slice(0, 2)), countIn(batches.slice(2))];
  // A tail without a scope may say where it stands in between.
  const replayed = batchesOf(tails.fromStart)
    .filter(({ logs }) => logs.length > 0)
    .map(({ cursor: _, ...batch }) => batch);
  for (const batch of batches.slice(2)) await store(side, batch);
  await receives(tails.fromStart, before + after);
  await receives(tails.backfilled, Math.min(3, before) + after);
  for (const stream of [tails.fromMiddle, tails.live]) await receives(stream, after);
  const seen = batchesOf(tails.fromStart);
  const first = seen.find(({ logs }) => logs.length > 0) ?? seen[0]!;
  const again = await open({ after: first.cursor });
  await receives(again, before + after - first.logs.length);
  if (merged) await merge(side);

  const answers: Answers = { replayed };
  for (const { name, query, variables } of queriesOf(args)) answers[name] = await api.query(caller, query, variables);
  const stats = statsOf(args);
  const ticking = await api.subscribe(caller, stats.query, stats.variables);
  await until(() => ticking.results.length > 0, 10_000, 'stats');
  answers.liveStats = ticking.results[0];
  const runs = pipelinesOf(args);
  const telling = await api.subscribe(caller, runs.query, runs.variables);
  const visible = batches
    .flat()
    .filter((one) => side.isStored(one) && (caller.scope === null || isIn(caller.scope, one)));
  const told = countRuns(visible, args['Subscription.pipelines'] as Partial<RunFilter>);
  await until(() => telling.results.length >= told, 10_000, `${told} runs`);
  answers.liveRuns = telling.results;
  for (const [name, stream] of Object.entries({ ...tails, again })) answers[name] = seenBy(stream);
  await api.endSubscriptions();
  return answers;
}

const isIn = (scope: Filter, one: NewRecord): boolean => compileMatch(scope)(one);

const matchOf = (input: LogFilterInput | null, scope: Filter | null): ((one: NewRecord) => boolean) => {
  const [byFilter, byScope] = [compileMatch(parseFilter(input)), scope === null ? () => true : compileMatch(scope)];
  return (one) => byFilter(one) && byScope(one);
};

/** The average of fractions differs in its last digits by the order in which PostgreSQL adds them. */
const rounded = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (_key, value) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value,
    ),
  );

test('an answer under a scope equals that of a database which holds only what matches', {
  timeout: 900_000,
}, async () => {
  const seen = { all: 0, visible: 0 };
  const property = fc.asyncProperty(cases, async (one) => {
    const scope = parseScope(one.scope);
    const inScope = compileMatch(scope);
    const caller = { ...ANYONE, key: `scope ${one.scope}`, scope };
    const scoped = await answersOf({ api: everything, caller, isStored: () => true }, one);
    const expected = await answersOf({ api: matching, caller: ANYONE, isStored: inScope }, one);
    for (const name of Object.keys(expected)) {
      if (isDeepStrictEqual(rounded(scoped[name]), rounded(expected[name]))) continue;
      throw new Error(
        `${name}, under the scope ${one.scope}\nexpected ${JSON.stringify(expected[name])}\n     got ${JSON.stringify(scoped[name])}`,
      );
    }
    const failures = failuresOf(Object.values(expected));
    if (failures.length > 0) throw new Error(failures.join('\n'));
    const records = one.batches.flat();
    seen.all += records.length;
    seen.visible += records.filter(inScope).length;
  });
  const { failed, seed, errorInstance } = await fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });

  if (failed) throw new Error(`under PROPERTY_SEED=${seed}: ${errorInstance}`);
  const share = seen.visible / seen.all;
  expect(share, 'of scopes that show neither nothing nor all').toBeGreaterThan(0.1);
  expect(share, 'of scopes that show neither nothing nor all').toBeLessThan(0.9);
});

/** An answer that is only an error compares nothing. */
const failuresOf = (answers: readonly unknown[]): string[] =>
  answers.flatMap((answer) => (answer as Result).errors ?? []).map(({ message }) => message);

describe('under a scope', () => {
  const caller: Caller = { ...ANYONE, key: 'staging', scope: parseScope('environment:staging') };
  const forbidden: Readonly<Record<Coordinate, string>> = {
    'Query.health': '{ health { status } }',
    'Query.storage': '{ storage { rows } }',
    'Subscription.health': 'subscription { health { status } }',
    'Query.alerts': '{ alerts { name } }',
    'Query.alertEvents': '{ alertEvents { nodes { at } } }',
    'Subscription.alertEvents': 'subscription { alertEvents { at } }',
    'Mutation.cleanup': 'mutation { cleanup(input: { cutoff: { olderThan: "1d" }, dryRun: true }) { matched } }',
  };

  test.each(Object.keys(EXEMPT).filter((field) => EXEMPT[field] === FORBIDDEN))('%s is forbidden', async (field) => {
    const query = forbidden[field]!;
    const ask = async (by: Caller): Promise<Result> => {
      if (!query.startsWith('subscription')) return everything.query(by, query);
      const stream = await everything.subscribe(by, query);
      await stream.ended;
      return stream.results[0]!;
    };
    const { errors } = await ask(caller);
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/: expected a key without a scope, got/), extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});
