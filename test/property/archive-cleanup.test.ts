import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { type Timestamp, timestampFromMs } from '../../src/log/time.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { expectExactRollups, uidsOf } from '../support/both-stores.ts';
import { calling, insert, record } from '../support/records.ts';

/** `PROPERTY_RUNS` and `PROPERTY_SEED` ask for more, or for the same again. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 6);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

let archived: ArchivedDatabase;
let sql: Sql;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  sql = archived.sql;
});
afterAll(() => archived[Symbol.asyncDispose]());

/** Three years, so partitions; few days of each, because each day has a file. */
const timestamps: Arbitrary<Timestamp> = fc
  .record({
    year: fc.constantFrom(2001, 2002, 2003),
    day: fc.constantFrom(1, 2, 365),
    seconds: fc.constantFrom(0, 1, 59, 60, 3600, 86_399),
  })
  .map(({ year, day, seconds }) => timestampFromMs(Date.UTC(year, 0, day) + seconds * 1000));

const anyRecord: Arbitrary<NewRecord> = fc
  .record({
    timestamp: timestamps,
    uid: fc.uuid(),
    severityNumber: fc.constantFrom(5, 9, 17),
    service: fc.constantFrom('web', 'billing'),
    component: fc.constantFrom(null, '', 'db'),
    message: fc.constantFrom('started', 'Ended', 'x'),
    tokens: fc.constantFrom(undefined, undefined, null, 0, 7),
  })
  .map(({ tokens, ...fields }) =>
    tokens === undefined
      ? record(fields)
      : calling(fields, { inputTokens: tokens, costNanoUsd: tokens }, { input: 'q', output: null }),
  );

const WEB = parseFilter({ services: ['web'] });
const filters = fc.constantFrom(
  null,
  WEB,
  parseFilter({ minLevel: 'ERROR' }),
  parseFilter({ llm: { inputTokens: { gte: 1 } } }),
  parseFilter({ messageContains: 'ENDED' }),
  parseFilter({ not: { components: ['db'] } }),
  parseFilter({ levels: ['DEBUG', 'INFO', 'ERROR'] }),
);

type Step =
  | { do: 'store'; records: NewRecord[] }
  | { do: 'archive'; years: number[] }
  | { do: 'merge' }
  | {
      do: 'clean';
      before: Timestamp;
      filter: typeof filters extends Arbitrary<infer T> ? T : never;
      limitMs: number;
      times: number;
    };

const steps: Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .array(anyRecord, { minLength: 1, maxLength: 30 })
        .map((records): Step => ({ do: 'store', records })),
    },
    {
      weight: 2,
      arbitrary: fc.subarray([2001, 2002, 2003], { minLength: 1 }).map((years): Step => ({ do: 'archive', years })),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'merge' }) },
    {
      weight: 3,
      arbitrary: fc
        .record({
          before: fc.oneof(timestamps, fc.constant('2004-01-01T00:00:00.000000Z')),
          filter: filters,
          limitMs: fc.constantFrom(1, 30, 100, 300, 60_000),
          times: fc.constantFrom(1, 2),
        })
        .map((clean): Step => ({ do: 'clean', ...clean })),
    },
  ),
  { minLength: 3, maxLength: 10 },
);

/** So that every run removes from files, single records and whole partitions. */
const LAST: readonly Step[] = [
  {
    do: 'store',
    records: ['web', 'billing'].map((service) => record({ service, timestamp: '2002-01-01T00:00:00.000000Z' })),
  },
  { do: 'archive', years: [2001, 2002, 2003] },
  { do: 'clean', before: '2002-01-02T00:00:00.000000Z', filter: WEB, limitMs: 60_000, times: 1 },
  { do: 'clean', before: '2003-01-01T00:00:00.000000Z', filter: null, limitMs: 60_000, times: 1 },
];

/** What the tables must hold. */
const model = new Map<string, NewRecord>();

async function take(step: Step): Promise<void> {
  switch (step.do) {
    case 'store': {
      const fresh = step.records.map((one) => ({ ...one, uid: crypto.randomUUID() }));
      await insert(sql, fresh);
      for (const one of fresh) model.set(one.uid, one);
      return;
    }
    case 'archive':
      return archive(step.years.map((year) => `system_logs_${year}0101`));
    case 'merge':
      return keepRollups(sql);
    case 'clean':
      return clean(step);
  }
}

/** A partition whose time is archived already stays: merging is the archiver's part. */
async function archive(wanted: readonly string[]): Promise<void> {
  const there = await sql<{ name: string }[]>`select name from archived_partitions`;
  const names = (await readPartitions(sql, SYSTEM_LOGS))
    .map(({ name }) => name)
    .filter((name) => wanted.includes(name) && !there.some((one) => one.name === name));
  const unlinked = await sql<{ path: string }[]>`delete from archive_unlinked returning path`;
  for (const { path } of unlinked) await rm(join(archived.folder, path), { force: true });
  if (names.length > 0) await archived.archivePartitions(names);
}

async function clean({ before, filter, limitMs, times }: Extract<Step, { do: 'clean' }>): Promise<void> {
  const request = { before, filter, dryRun: false, timeLimitMs: limitMs };
  const matches = filter === null ? () => true : compileMatch(filter);
  const gone = [...model.values()].filter((one) => one.timestamp < before && matches(one));
  const dry = await cleanup(sql, { ...request, dryRun: true, timeLimitMs: 60_000 });
  expect(dry).toMatchObject({ complete: true, matched: gone.length });

  const first = await Promise.all(Array.from({ length: times }, () => cleanup(sql, request)));
  await expectExactRollups(sql);
  const left = await uidsOf(sql);
  let deleted = first.reduce((sum, one) => sum + one.deleted, 0);
  expect(left).toHaveLength(model.size - deleted);
  deleted += (await cleanup(sql, { ...request, timeLimitMs: 60_000 })).deleted;
  expect(deleted).toBe(gone.length);
  for (const { uid } of gone) model.delete(uid);
}

test('clean-ups of both stores, cut at any time, remove what matches once, and the rollups count what is left', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      for (const step of [...taken, ...LAST]) {
        await take(step);
        expect(await uidsOf(sql)).toEqual([...model.keys()].sort());
        const calls = [...model.values()].filter(({ llm }) => llm).map(({ uid }) => uid);
        expect(await uidsOf(sql, 'llm_logs')).toEqual(calls.sort());
        const contents = await sql<{ uid: string }[]>`select uid from llm_contents`;
        expect(contents.map(({ uid }) => uid).sort()).toEqual(calls);
        await expectExactRollups(sql);
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
}, 300_000);
