import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { type Order, type Page, readPage } from '../../src/db/read/logs.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import type { Position } from '../../src/log/cursor.ts';
import { EVERYTHING, type Filter, fieldIs, fieldTest, messageContains } from '../../src/log/filter/filter.ts';
import type { LogRecord, NewRecord } from '../../src/log/record.ts';
import type { Timestamp } from '../../src/log/time.ts';
import type { TimeWindow } from '../../src/log/time-span.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record } from '../support/records.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 20);
const YEARS = 4;

let archived: ArchivedDatabase;
/** Its snapshots wait for `afterListing` when they have read what is archived, and nothing else. */
let sql: Sql;
let afterListing: (() => Promise<void>) | undefined;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  const { archive, database } = archived;
  sql = withArchive(database.sql, {
    ...archive,
    async listing(version, read) {
      const list = await archive.listing(version, read);
      const work = afterListing;
      afterListing = undefined;
      await work?.();
      return list;
    },
  });
});
afterAll(() => archived[Symbol.asyncDispose]());

/** Years of their own for each run: the files of others stay. Each year is a partition. */
let firstYear = 1901;
async function nextYears(): Promise<number> {
  await sql`delete from system_logs where ts >= '0001-01-01' and ts < '9999-01-01'`;
  await sql`delete from llm_logs where ts >= '0001-01-01' and ts < '9999-01-01'`;
  await sql`delete from archived_partitions`;
  await changeArchiveVersion(sql);
  firstYear = firstYear + YEARS > 2010 ? 1901 : firstYear + YEARS;
  return firstYear;
}

interface Drafted {
  year: number;
  at: string;
  id: string | null;
  isCall: boolean;
}

const times = fc.tuple(
  fc.constantFrom('-01-01T00:00:00', '-07-01T12:00:00', '-12-31T23:59:59'),
  fc.constantFrom('.000000Z', '.000001Z', '.999999Z'),
);
const drafts = fc.array(
  fc.record<Drafted>({
    year: fc.nat(YEARS - 1),
    at: times.map(([at, micros]) => `${at}${micros}`),
    id: fc.constantFrom('a', 'b', null),
    isCall: fc.boolean(),
  }),
  { maxLength: 30 },
);
const recordsOf = (some: readonly Drafted[], first: number): NewRecord[] =>
  some.map(({ year, at, id, isCall }) => {
    const draft = { timestamp: `${first + year}${at}`, correlationId: id, userId: id, message: `of ${id}` };
    return isCall ? calling(draft) : record(draft);
  });

const isA = (one: NewRecord): boolean => one.correlationId === 'a';
const FILTERS: [Filter, (one: NewRecord) => boolean][] = [
  [EVERYTHING, () => true],
  [fieldIs('correlationId', 'a'), isA],
  [fieldIs('userId', 'a'), isA],
  [messageContains('of a'), isA],
  [fieldTest('correlationId', { op: 'exists' }), (one) => one.correlationId !== null],
  [{ kind: 'hasLlmCall' }, (one) => one.llm !== null],
];

const keyOf = ({ timestamp, uid }: Position): string => `${timestamp} ${uid}`;
const isIn = ({ timestamp }: NewRecord, { from, to }: TimeWindow): boolean =>
  (from === null || timestamp >= from) && timestamp < to;

/** What happens beside each page, or in the middle of its first snapshot: a year is archived, or records come. */
const happenings = fc.array(
  fc.oneof(
    fc.record({ archive: fc.nat(YEARS - 1) }),
    fc.record({ insert: drafts }),
    fc.constant({ archive: undefined, insert: [] }),
  ),
  { maxLength: 8 },
);

test('pages joined are the sorted whole while partitions are archived: each record once', async () => {
  const paging = fc.record({
    first: drafts,
    before: fc.uniqueArray(fc.nat(YEARS - 1)),
    late: drafts,
    happenings,
    isBeside: fc.boolean(),
    from: fc.option(fc.tuple(fc.nat(YEARS - 1), times)),
    to: fc.option(fc.tuple(fc.nat(YEARS - 1), times)),
    filter: fc.constantFrom(...FILTERS),
    order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
    backward: fc.boolean(),
    limit: fc.integer({ min: 1, max: 12 }),
  });
  const property = fc.asyncProperty(paging, async ({ filter: [filter, matches], order, backward, limit, ...run }) => {
    const year = await nextYears();
    const isArchived = new Set<number>();
    /** Once each: the file of a partition has its name. */
    const archive = async (place: number): Promise<void> => {
      const names = (await readPartitions(sql, SYSTEM_LOGS)).filter(({ from }) => from.startsWith(`${year + place}`));
      if (isArchived.has(place) || names.length === 0) return;
      isArchived.add(place);
      await archived.archivePartitions(names.map(({ name }) => name));
    };
    const instant = (at: readonly [number, readonly [string, string]] | null): Timestamp | null =>
      at && `${year + at[0]}${at[1].join('')}`;
    const window = { from: instant(run.from), to: instant(run.to) ?? '2100-01-01T00:00:00.000000Z' };

    const first = recordsOf(run.first, year);
    await insert(sql, first);
    for (const place of run.before) await archive(place);
    const late = recordsOf(run.late, year);
    await insert(sql, late);
    const before = [...first, ...late];
    const meanwhile: NewRecord[] = [];
    const waiting = [...run.happenings];
    const happen = async (): Promise<void> => {
      const next = waiting.pop();
      if (next && 'archive' in next && next.archive !== undefined) await archive(next.archive);
      if (!next || !('insert' in next)) return;
      const records = recordsOf(next.insert, year);
      meanwhile.push(...records);
      await insert(sql, records);
    };

    const joined: LogRecord[] = [];
    for (let cursor: Position | null = null, more = true; more; ) {
      const side: { after: Position | null; before: Position | null } = { after: null, before: null };
      side[backward ? 'before' : 'after'] = cursor;
      if (!run.isBeside) afterListing = happen;
      const happening = run.isBeside ? happen() : undefined;
      const page: Page = await readPage(sql, { filter, window, order, limit, backward, ...side });
      await happening;
      expect(page.records.length).toBeLessThanOrEqual(limit);
      expect(joined.length).toBeLessThanOrEqual(before.length + meanwhile.length);
      expect(page[backward ? 'hasNextPage' : 'hasPreviousPage']).toBe(cursor !== null);
      if (backward) joined.unshift(...page.records);
      else joined.push(...page.records);
      more = backward ? page.hasPreviousPage : page.hasNextPage;
      cursor = (backward ? page.records[0] : page.records.at(-1)) ?? null;
    }

    const keys = joined.map(keyOf);
    const sorted = keys.toSorted();
    expect(keys).toEqual(order === 'OLDEST_FIRST' ? sorted : sorted.reverse());
    expect(new Set(keys).size).toBe(keys.length);
    const wanted = (some: readonly NewRecord[]) => some.filter((one) => matches(one) && isIn(one, window)).map(keyOf);
    expect(keys).toEqual(expect.arrayContaining(wanted(before)));
    expect(wanted([...before, ...meanwhile])).toEqual(expect.arrayContaining(keys));
  });
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
}, 300_000);
