import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseScope } from '../../src/access/scope.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { newestRunsStatement } from '../../src/db/runs/run-statement.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { compareRecords, type NewRecord } from '../../src/log/record.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { type Question, questionsOver } from '../support/archived-questions.ts';
import { createTestDatabase } from '../support/database.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { calling, insert, record } from '../support/records.ts';

// What a key with a scope is told of archived records equals what a database tells that has only the records in the scope, and no
// archive.

const YEARS = [2001, 2002, 2003];
const COUNT = 24;

/** Of two services in turns, which share chains, runs and times, but no other value. */
const recordsOf = (year: number, isLate: boolean): NewRecord[] =>
  Array.from({ length: COUNT }, (_, i) => {
    const isHidden = i % 2 === 1;
    const own = (value: string): string => (isHidden ? `hidden ${value}` : value);
    const draft = {
      timestamp: `${year}-03-01T10:${String(i).padStart(2, '0')}:00.00000${isLate ? 7 : 0}Z`,
      message: own(i % 3 === 0 ? `order shipped to ${year + i}` : `payment refused for ${year + i}`),
      service: isHidden ? 'vault' : 'billing',
      component: i % 5 === 0 ? null : own(`part ${i % 4}`),
      environment: own('staging'),
      host: own(`host ${i % 6}`),
      userId: own(`user ${i % 7}`),
      errorType: i % 8 > 5 ? own('Timeout') : null,
      correlationId: `chain ${i % 3}`,
      pipelineId: `run ${i % 3}`,
      durationMs: isHidden ? 1000 * i : i,
      severityNumber: i % 8 > 5 ? 17 : 9,
      attributes: {
        team: own('open'),
        [own('key')]: 1,
        progress: { operation: own('import'), processed: i, total: COUNT },
      },
    };
    if (i % 8 < 5) return record(draft);
    const call = { responseModel: own('gpt-4o'), requestModel: null, inputTokens: i, costNanoUsd: 1e6 * i };
    return calling(draft, call, { input: [own('question')], output: [own('answer')] });
  });

/** The first ones are archived, the last ones come later, for times that are archived and for others. */
const ARCHIVED = YEARS.map((year) => recordsOf(year, false));
const LATER = [[...recordsOf(2001, true), ...recordsOf(2003, true)], recordsOf(2004, false)];
const ALL = [...ARCHIVED, ...LATER].flat();

/** Each is selected by another kind of condition: DuckDB has its own for attributes and calls. */
const SCOPES = [
  'environment:stag*',
  '-attributes.team:hidden*',
  'llm.model:gpt-4o OR (-llm:* level:>=error service:billing)',
];

/** Contents of old calls are removed otherwise. */
const KEPT = { LLM_CONTENT: 'full', LLM_CONTENT_RETENTION: '36500d' };

let archived: ArchivedDatabase;
let server: KeyServer;
beforeAll(async () => {
  archived = await createArchivedDatabase();
  await storeAll(archived.sql, () => true, archived);
  const [left] = await archived.sql<{ rows: number }[]>`select count(*) as rows from system_logs`;
  expect(left!.rows).toBe(LATER.flat().length);
  server = await startKeyServer({ ...KEPT, ARCHIVE_DIR: archived.folder }, archived.database);
}, 120_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await archived?.[Symbol.asyncDispose]();
});

async function storeAll(sql: Sql, isStored: (one: NewRecord) => boolean, to?: ArchivedDatabase): Promise<void> {
  for (const [n, batch] of [...ARCHIVED, ...LATER].entries()) {
    if (n === ARCHIVED.length) await to?.archivePartitions();
    const records = batch.filter(isStored).toSorted(compareRecords);
    await insert(sql, records, n + 1);
    await sql.unsafe(newestRunsStatement(records));
    const calls = records.filter(({ llm }) => llm !== null).length;
    await sql`
      insert into ingest_batches (id, key, seq, from_ts, to_ts, rows, calls, rolled_up, filtered) values
        (${n + 1}, gen_random_uuid(), ${n + 1}, ${records[0]!.timestamp}, ${records.at(-1)!.timestamp}, ${records.length},
          ${calls}, true, true)`;
    await sql`select setval('ingest_batches_seq_seq', ${n + 1})`;
  }
}

const readKey = async (on: KeyServer, scope?: string): Promise<string> =>
  (await makeKeyIn(on.database, ['READ', 'CONTENT'], scope === undefined ? {} : { scope })).key;

/** The answer as text; of a tail, its records. `count`: how many a tail has. */
async function ask(on: KeyServer, key: string, question: Question, count: number): Promise<unknown> {
  const { path, body, isTail } = question;
  const stop = new AbortController();
  const response = await fetch(`${on.url}${path}`, {
    headers: {
      ...bearer(key),
      ...(body && { 'content-type': 'application/json' }),
      ...(isTail && { accept: 'text/event-stream' }),
    },
    signal: stop.signal,
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  expect(response.status, question.name).toBe(200);
  if (!isTail) return path.startsWith('/loki/') ? sorted(plain(await response.text())) : plain(await response.text());
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (recordsIn(text).length >= count) break;
  }
  stop.abort();
  return recordsIn(text);
}

/** Of the events that are complete. */
const recordsIn = (text: string): unknown[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((event) => /^data: (.+)$/m.exec(event)?.[1] ?? [])
    .flatMap((data) => JSON.parse(data).data.tail.logs);

/** Without what depends on the clock. Averages differ in their last digits by the order of the sum. */
function plain(text: string): unknown {
  if (!text.startsWith('{') || text.trim().includes('\n')) return text;
  const answer = JSON.parse(text, (name, value) => {
    if (name === 'execTime' || name === 'linesProcessedPerSecond' || name === 'bytesProcessedPerSecond') return 0;
    return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value;
  });
  expect(answer.errors).toBeUndefined();
  return answer;
}

/** Loki's series have no order. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, sorted(one)]));
};

const QUESTIONS = questionsOver(ALL);

describe.each(SCOPES)('under the scope %s', (scope) => {
  const isVisible = compileMatch(parseScope(scope));
  const count = ALL.filter(isVisible).length;
  let only: KeyServer;
  let keys: { all: string; scoped: string; only: string };
  beforeAll(async () => {
    const database = await createTestDatabase();
    await storeAll(database.sql, isVisible);
    only = await startKeyServer(KEPT, database);
    keys = { all: await readKey(server), scoped: await readKey(server, scope), only: await readKey(only) };
  }, 60_000);
  afterAll(async () => {
    await only?.[Symbol.asyncDispose]();
    await only?.database[Symbol.asyncDispose]();
  });

  test.each(QUESTIONS)('$name tells of no other record', async (question) => {
    const [scoped, expected] = await Promise.all([
      ask(server, keys.scoped, question, count),
      ask(only, keys.only, question, count),
    ]);
    expect(scoped).toEqual(expected);
  });

  if (scope !== SCOPES[0]) return;
  test('each question is about the other records too', async () => {
    const same: string[] = [];
    for (const question of QUESTIONS) {
      const scoped = await ask(server, keys.scoped, question, count);
      const all = await ask(server, keys.all, question, ALL.length);
      if (JSON.stringify(scoped) === JSON.stringify(all)) same.push(question.name);
    }
    expect(same).toEqual([]);
  });
});
