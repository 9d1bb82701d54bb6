import { expect, test } from 'vitest';
import { createOperations } from '../../src/db/connection/operation.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import type { Order } from '../../src/db/read/logs.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { exportedPages } from '../../src/http/export/exported-pages.ts';
import { EVERYTHING } from '../../src/log/filter/filter.ts';
import type { LlmContent } from '../../src/log/llm-call.ts';
import { compareRecords, type LogRecord, type NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { calling, insert, record, stored } from '../support/records.ts';

const YEARS = [2001, 2002, 2003, 2004];
const CONTENT = { input: ['a question'], output: ['an answer'] };
const recordsOf = (year: number, micros: number): NewRecord[] =>
  Array.from({ length: 120 }, (_, i) => {
    const timestamp = `${year}-01-01T10:00:00.${String(1000 * i + micros).padStart(6, '0')}Z`;
    return i % 7 === 0 ? calling({ timestamp }, { inputTokens: i }, CONTENT) : record({ timestamp });
  });

test.each<Order>(['NEWEST_FIRST', 'OLDEST_FIRST'])(
  'an export has each record once, %s, while partitions are archived under it',
  async (order) => {
    await using archived = await createArchivedDatabase();
    const { sql } = archived;
    const records = YEARS.flatMap((year) => recordsOf(year, 0));
    await insert(sql, records);
    const years = (await readPartitions(sql, SYSTEM_LOGS)).map(({ name }) => name);
    expect(years).toHaveLength(YEARS.length);
    // From both ends: some before the export comes there, some after.
    const waiting = [years[3]!, years[0]!, years[1]!, years[2]!];
    const late = recordsOf(2002, 7);

    const turns = createTurns({ total: 4, perClient: 4, perOperation: 3, waiting: 100, waitingPerClient: 100 });
    const openOperation = createOperations(sql, turns, 60_000);
    const reader = { openOperation, client: 'test', gone: new AbortController().signal };
    const found: LogRecord[] = [];
    const contents: (LlmContent | null)[] = [];
    const request = {
      filter: EVERYTHING,
      window: ALL_TIME,
      order,
      after: null,
      limit: 10_000,
      calls: true,
      contents: true,
    };
    let pages = 0;
    for await (const page of exportedPages(reader, request, () => 100)) {
      found.push(...page.records);
      contents.push(...page.contents);
      const name = waiting.pop();
      if (name) await archived.archivePartitions([name]);
      // Late for a time that the export has not reached, or has passed.
      if (++pages === 3) await insert(sql, late, 2);
    }

    expect(pages).toBeGreaterThan(4);
    const uids = found.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    const given = new Set(late.map(({ uid }) => uid));
    const wanted = records.toSorted(compareRecords);
    if (order === 'NEWEST_FIRST') wanted.reverse();
    expect(found.filter(({ uid }) => !given.has(uid))).toEqual(wanted.map(stored));
    const all = [...records, ...late];
    for (const [i, one] of found.entries()) {
      expect(contents[i]).toEqual(all.find(({ uid }) => uid === one.uid)!.llmContent);
    }
    expect(found).toEqual(found.toSorted(order === 'NEWEST_FIRST' ? (a, b) => compareRecords(b, a) : compareRecords));
  },
);
