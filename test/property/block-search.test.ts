import { hash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactBlocks } from '../../src/db/blocks/compact-blocks.ts';
import { fillBlockGaps } from '../../src/db/blocks/fill-gaps.ts';
import { groupSealedBlocks } from '../../src/db/blocks/group-blocks.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { countLogs, readPage } from '../../src/db/read/logs.ts';
import {
  allOf,
  anyOf,
  type Filter,
  fieldTest,
  messageContains,
  not,
  textContains,
  type Test as ValueTest,
} from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { compareRecords, type NewRecord } from '../../src/log/record.ts';
import { shift } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createTestDatabase } from '../support/database.ts';
import { calling, insert, record } from '../support/records.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 80);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const START = '2026-11-20T22:30:00.000000Z';
const MINUTE_MS = 60_000;

/** Texts that share pieces with each other, in both cases, with letters of several bytes, and some with characters of `ilike`. */
const word = fc.oneof(
  // Now and then: more than a page of them, in more times than one statement reads, and not among the nearest records.
  { weight: 1, arbitrary: fc.constant('needle') },
  {
    weight: 40,
    arbitrary: fc.constantFrom(
      'timeout',
      'Timeout',
      'TIME',
      'out',
      'größe',
      'GRÖSSE',
      '漢字テスト',
      '🚚🚚',
      '100%',
      'a_b',
      'C:\\temp',
      'É',
    ),
  },
  { weight: 20, arbitrary: fc.stringMatching(/^[0-9a-f]{4,10}$/) },
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) },
);
const message = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(' '));
/** Over fifteen hours on both sides of midnight, some at the same time as others: a search reads its times in several steps. */
const logged = fc
  .record({ message, other: message, where: fc.nat(6), minutes: fc.nat(900) })
  .map(({ message: text, other, where, minutes }): NewRecord => {
    const draft = { message: text, timestamp: shift(START, minutes * MINUTE_MS) };
    return [
      () => record(draft),
      () => record({ ...draft, host: other }),
      () => record({ ...draft, stackTrace: other }),
      () => record({ ...draft, attributes: { text: other } }),
      () => record({ ...draft, attributes: { deep: [{ list: [1, other, null] }], n: 5 } }),
      () => calling(draft, { agentName: other }),
      () => calling(draft, { parameters: { stop: [other] }, finishReasons: [other] }),
    ][where]!();
  });
const textsOf = ({ message: text, host, stackTrace, attributes, llm }: NewRecord): string[] =>
  [text.split('\n')[0], host, stackTrace, attributes.text, llm?.agentName, llm?.finishReasons[0]].filter(
    (one) => typeof one === 'string',
  );

/** What happens to the database, in any order. */
type Step =
  | { does: 'store'; records: NewRecord[] }
  /** As a server of the version before does it. */
  | { does: 'store without blocks'; records: NewRecord[] }
  | { does: 'delete'; share: number }
  | { does: 'fill gaps' }
  | { does: 'compact' }
  /** What is stored after that is late. */
  | { does: 'seal'; blocksMin: number };
/**
 * Most of the grams of a block, where all its records have it: so filters of several blocks have one length, and are grouped. It stands
 * on a line of its own, from which no needle is cut.
 */
const COMMON = Array.from({ length: 80 }, (_, i) => hash('sha256', `${i}`, 'base64url')).join('');
const alike = (one: NewRecord): NewRecord => ({
  ...one,
  message: `${one.message}\n${COMMON}`,
  attributes: { ...one.attributes, common: COMMON },
});
const records = fc
  .tuple(fc.array(logged, { minLength: 1, maxLength: 150 }), fc.boolean())
  .map(([list, areAlike]) => (areAlike ? list.map(alike) : list));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('store' as const), records }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('store without blocks' as const), records }) },
  fc.record({ does: fc.constant('delete' as const), share: fc.integer({ min: 2, max: 5 }) }),
  fc.constant({ does: 'fill gaps' as const }),
  { weight: 2, arbitrary: fc.constant({ does: 'compact' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('seal' as const), blocksMin: fc.integer({ min: 1, max: 5 }) }),
  },
);

async function run(sql: Sql, stored: NewRecord[], one: Step): Promise<void> {
  switch (one.does) {
    case 'store':
      await insert(sql, one.records);
      stored.push(...one.records);
      return;
    case 'store without blocks': {
      await insert(sql, one.records, 1, false);
      const times = one.records.map(({ timestamp }) => timestamp).sort();
      await sql`
        insert into ingest_batches (id, key, seq, from_ts, to_ts, rows)
        select nextval('ingest_batches_id_seq'), ${randomUUID()}::uuid, nextval('ingest_batches_seq_seq'), ${times[0]!}::timestamptz,
          ${times.at(-1)!}::timestamptz, ${times.length}::integer`;
      stored.push(...one.records);
      return;
    }
    case 'delete': {
      const kept = stored.filter((_, index) => index % one.share !== 0);
      const uids = stored.filter((_, index) => index % one.share === 0).map(({ uid }) => uid);
      await sql`delete from system_logs where uid = any (${uids}::uuid[])`;
      await sql`delete from llm_logs where uid = any (${uids}::uuid[])`;
      stored.splice(0, stored.length, ...kept);
      return;
    }
    case 'fill gaps':
      return fillBlockGaps(sql);
    case 'compact':
      return compactBlocks(sql, { from: '2026-11-01T00:00:00.000000Z', to: '2026-12-01T00:00:00.000000Z' }, () => true);
    case 'seal':
      await sql`update log_partitions set state = 'SEALED'`;
      return groupSealedBlocks(sql, undefined, { blocksMin: one.blocksMin });
  }
}

/** A piece of a stored message in any case, or a text that is nowhere. */
const needle = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({
          text: fc.constantFrom(...texts),
          from: fc.nat(30),
          length: fc.integer({ min: 1, max: 14 }),
          upper: fc.boolean(),
        })
        .map(({ text, from, length, upper }) => {
          const characters = [...text];
          const found = characters.slice(from % characters.length, (from % characters.length) + length).join('');
          return upper ? found.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : found;
        }),
    },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z0-9]{4,9}$/) },
  );

const attribute = (of: ValueTest): Filter => ({ kind: 'attribute', paths: [['text']], test: of });

const filterOf = (texts: readonly string[]): fc.Arbitrary<Filter> => {
  const text = needle(texts);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(messageContains('needle'), textContains('needle')) },
    { weight: 4, arbitrary: text.map(messageContains) },
    fc.tuple(text, text).map(([a, b]) => allOf(messageContains(a), messageContains(b))),
    fc.tuple(text, text).map(([a, b]) => anyOf(messageContains(a), messageContains(b))),
    fc.tuple(text, text).map(([a, b]) => allOf(messageContains(a), not(messageContains(b)))),
    fc.constantFrom(...texts).map((value) => fieldTest('message', { op: 'in', values: [value, 'nothing like it'] })),
    { weight: 4, arbitrary: text.map(textContains) },
    fc.tuple(text, text).map(([a, b]) => anyOf(textContains(a), messageContains(b))),
    text.map((value) => fieldTest('host', { op: 'contains', value })),
    text.map((value) => fieldTest('stackTrace', { op: 'contains', value })),
    text.map((value) => attribute({ op: 'contains', value })),
    fc.constantFrom(...texts).map((value) => attribute({ op: 'in', values: [value] })),
    fc
      .constantFrom(...texts)
      .map((value) => fieldTest('message', { op: 'prefix', text: [...value].slice(0, 7).join('') })),
  );
};

test('a search finds what a scan of all records finds, whatever was stored, deleted and made again', {
  timeout: 600_000,
}, async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  let found = 0;
  let widest = 0;
  const agreement = fc.asyncProperty(
    fc.array(step, { minLength: 3, maxLength: 10 }).chain((steps) => {
      const texts = steps.flatMap((one) => ('records' in one ? one.records.flatMap(textsOf) : []));
      return fc.record({
        steps: fc.constant(steps),
        filters: fc.array(filterOf(texts.length > 0 ? texts : ['nothing']), { minLength: 12, maxLength: 12 }),
        limit: fc.constantFrom(1, 2, 5, 1000),
        order: fc.constantFrom('NEWEST_FIRST' as const, 'OLDEST_FIRST' as const),
        from: fc.option(fc.nat(900)),
        to: fc.option(fc.nat(900)),
      });
    }),
    async ({ steps, filters, limit, order, from, to }) => {
      await sql`
        truncate system_logs, llm_logs, log_blocks, log_block_groups, log_block_slices, log_block_times, log_block_gaps,
          ingest_batches, log_rollups`;
      const stored: NewRecord[] = [];
      for (const one of steps) await run(sql, stored, one);
      const [groups] = await sql<{ width: number }[]>`select coalesce(max(width), 0) as width from log_block_groups`;
      widest = Math.max(widest, groups!.width);
      const window = {
        from: from === null ? null : shift(START, from * MINUTE_MS),
        to: to === null ? ALL_TIME.to : shift(START, to * MINUTE_MS),
      };
      const inWindow = stored
        .filter(({ timestamp }) => (window.from === null || timestamp >= window.from) && timestamp < window.to)
        .sort(compareRecords);
      for (const filter of filters) {
        const expected = inWindow.filter(compileMatch(filter)).map(({ uid }) => uid);
        if (order === 'NEWEST_FIRST') expected.reverse();
        found += expected.length;
        const request = { filter, window, order, limit, backward: false, after: null, before: null };
        const page = await readPage(sql, request);
        expect(
          page.records.map(({ uid }) => uid),
          JSON.stringify(filter),
        ).toEqual(expected.slice(0, limit));
        expect(page.hasNextPage).toBe(expected.length > limit);
        expect(await countLogs(sql, filter, window), JSON.stringify(filter)).toBe(expected.length);
      }
    },
  );
  const { failed, seed, errorInstance } = await fc.check(agreement, { numRuns: RUNS, seed: SEED, endOnFailure: true });
  if (failed) throw new Error(`under PROPERTY_SEED=${seed}: ${errorInstance}`);
  expect(found).toBeGreaterThan(100);
  // A bitmap of more than a byte: a group of nine blocks or more.
  expect(widest).toBeGreaterThan(8);
});
