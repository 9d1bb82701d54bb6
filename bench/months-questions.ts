import { isDeepStrictEqual } from 'node:util';
import type { Sql } from '../src/db/connection/client.ts';
import { encodePageCursor, type Position } from '../src/log/cursor.ts';
import { shift, type Timestamp } from '../src/log/time.ts';
import { WORDS } from '../src/seed/words.ts';
import type { Client } from '../test/support/server.ts';
import type { PlainSql } from './plain-sql.ts';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;
const NODES = 'nodes { id uid timestamp level service component message correlationId durationMs attributes }';
const COLUMNS = 'ts, uid, level, service, component, message, correlation_id, duration_ms, attributes';

/** One question in GraphQL and SQL. Both return the same records in the same order. */
export interface Question {
  name: string;
  graphql: string;
  /** Returns one record more than the page, because Weir also looks for it. */
  sql: string;
}

interface Page {
  nodes: { uid: string }[];
}

const weirPage = (args: string): string => `{ found: logs(first: 100 ${args}) { ${NODES} } }`;

/** The newest 101 in a time span that is known to hold them. */
const sqlPage = (from: Timestamp, to: Timestamp, condition: string): string => `
  select ${COLUMNS} from system_logs where ts >= '${from}' and ts < '${to}' and ${condition}
  order by ts desc, uid desc limit 101`;

/** The best SQL for few matches: it keeps the planner from walking the primary key. */
const sqlFew = (from: Timestamp, to: Timestamp, condition: string): string => `
  with few as materialized (select ${COLUMNS} from system_logs where ts >= '${from}' and ts < '${to}' and ${condition})
  select * from few order by ts desc, uid desc limit 101`;

/** `end` is just after the last record. The `reachMs` before it hold some hundred matches of each recent question. */
export async function pageQuestions(sql: Sql, end: Timestamp, reachMs: number): Promise<Question[]> {
  const begin = shift(end, -reachMs);
  const monthBefore = shift(end, -MONTH_MS);
  const { chain, ...deep } = await recordOf(sql, shift(end, -20 * DAY_MS));
  const recent = (name: string, filter: string, condition: string): Question => ({
    name,
    graphql: weirPage(filter),
    sql: sqlPage(begin, end, condition),
  });
  return [
    recent('latest 100', '', 'true'),
    recent('latest 100 errors', 'filter: { hasError: true }', '(severity_number >= 17 or error_type is not null)'),
    recent('latest 100 of one component', 'filter: { components: ["payments"] }', `component = 'payments'`),
    recent('latest 100 of a busy user', 'filter: { userIds: ["u1"] }', `user_id = 'u1'`),
    {
      name: 'latest 100 of a rare user',
      graphql: weirPage('filter: { userIds: ["u2500"] }'),
      sql: sqlPage(monthBefore, end, `user_id = 'u2500'`),
    },
    {
      name: 'one chain, without a time',
      graphql: weirPage(`filter: { correlationIds: ["${chain}"] }`),
      sql: sqlFew(monthBefore, end, `correlation_id = '${chain}'`),
    },
    {
      name: 'a page 20 days deep',
      graphql: weirPage(`after: "${encodePageCursor(deep)}"`),
      sql: sqlPage(
        shift(deep.timestamp, -DAY_MS),
        shift(deep.timestamp, 1),
        `(ts, uid) < ('${deep.timestamp}', '${deep.uid}')`,
      ),
    },
  ];
}

/** Before `to`. When `to` is the start of the open partition, only sealed partitions are searched. */
export function searchQuestions(to: Timestamp): Question[] {
  const from = shift(to, -MONTH_MS);
  const search = (name: string, word: string, plain: typeof sqlFew): Question => ({
    name: `${name} (${word})`,
    graphql: weirPage(`filter: { messageContains: "${word}" }, time: { to: "${to}" }`),
    sql: plain(from, to, `message ilike '%${word}%'`),
  });
  return [
    search('a rare word', WORDS.rare, sqlFew),
    search('a rare substring', WORDS.substring, sqlFew),
    search('a word of one hour', WORDS.busyHour, sqlFew),
    search('a common word', WORDS.common, sqlPage),
  ];
}

/** The first record with a correlation id at or after a time. */
async function recordOf(sql: Sql, from: Timestamp): Promise<Position & { chain: string }> {
  const [row] = await sql<(Position & { chain: string })[]>`
    select ts as timestamp, uid, correlation_id as chain from system_logs
    where ts >= ${from} and ts < ${shift(from, DAY_MS)} and correlation_id is not null order by ts, uid limit 1`;
  return row!;
}

export async function ask(server: Client, query: string): Promise<Page> {
  const { data, errors } = await server.query<{ found: Page }>(query);
  if (!data || errors) throw new Error(`expected a result for ${query}, got ${errors?.[0]?.message}`);
  return data.found;
}

/** @throws when the two results differ */
export async function expectSame(server: Client, plain: PlainSql, { name, graphql, sql }: Question): Promise<void> {
  const ofWeir = (await ask(server, graphql)).nodes.map(({ uid }) => uid);
  const ofSql = (await plain.ask(sql)).slice(0, 100).map(({ uid }) => uid as string);
  if (!isDeepStrictEqual(ofWeir, ofSql))
    throw new Error(`${name}: expected ${ofSql.length} records, got ${ofWeir.length}`);
  if (ofWeir.length === 0) throw new Error(`${name}: expected records, got none`);
}
