import { ms } from '../measure.ts';
import * as check from './checks.ts';
import { COMMON_WORD, COMPONENT, type Expected, type Match, REGION } from './expected.ts';
import { type Amount, RARE_IN_ATTRIBUTE, RARE_WORD } from './rows.ts';

export interface Question {
  name: string;
  graphql: string;
  /** Milliseconds, over 2,000,000 records. */
  aimMs?: number;
  /** What is wrong with the result; null if nothing is. */
  problem(data: never): string | null;
}

/** What a table of logs shows. */
const FIELDS = 'timestamp level service component message';
/** In no row. */
const ABSENT_WORD = 'plasmodrome';
/** Of `RARE_SUBSTRING`; no other text has them. */
const RARE_CHARACTERS = 'zx9qv';

/** A page of the newest records that match. Without a time: of any time. */
const page = (name: string, aimMs: number | undefined, filter: string, match: Match): Question => ({
  name: `${name}, newest 100`,
  graphql: `{ logs(first: 100${filter && `, filter: { ${filter} }`}) { nodes { ${FIELDS} } } }`,
  aimMs,
  problem: (data) => check.page(data, match, 100),
});

/** As `page`, with 200 records, and all that match are counted. */
const counted = (name: string, filter: string, match: Match): Question => ({
  name: `${name}, newest 200 and their number`,
  graphql: `{ logs(first: 200, filter: { ${filter} }) { totalCount nodes { ${FIELDS} } } }`,
  problem: (data) => check.page(data, match, 200) ?? check.totalCount(data, match.count),
});

/** What version 0.2.0 took, as a multiple of counting in SQL (limit.ts). */
const FACET_BEFORE = 1;

/** The questions, as people ask them of records just stored. `facetMs`: from limit.ts. */
export function questionsOf(expected: Expected, { days, endMs }: Amount, facetMs: number): Question[] {
  const { matches: found, all } = expected;
  const message = (text: string): string => `messageContains: "${text}"`;
  const query = (text: string): string => `query: "${text}"`;
  const from = new Date(endMs - days * 86_400_000).toISOString();
  const time = `time: { from: "${from}", to: "${new Date(endMs).toISOString()}" }`;
  const hours = days * 24 + 1;
  return [
    page('absent word', 20, message(ABSENT_WORD), { count: 0, newest: [] }),
    page('rare word', 20, message(RARE_WORD), found.rareWord),
    counted('rare word', message(RARE_WORD), found.rareWord),
    page('rare substring, 5 characters', 150, message(RARE_CHARACTERS), found.rareSubstring),
    counted('rare substring, 5 characters', message(RARE_CHARACTERS), found.rareSubstring),
    page('5 digits of a hex id', 150, message(expected.digits), found.digits),
    page('common word', 30, message(COMMON_WORD), found.common),
    page('all', 3, '', all),
    page('errors', 3, 'hasError: true', found.errors),
    page('a component', 3, `components: ["${COMPONENT}"]`, found.component),
    page('a chain, without a time', 4, `correlationIds: ["${expected.chain}"]`, found.chain),
    page('a user', 6, `userIds: ["${expected.user}"]`, found.user),
    {
      name: 'count of all, stats',
      graphql: `{ stats(${time}) { total } }`,
      aimMs: 3,
      problem: (data) => check.statsTotal(data, all.count),
    },
    {
      name: 'count of all, logs { totalCount }',
      graphql: '{ logs(first: 0) { totalCount } }',
      aimMs: 3,
      problem: (data) => check.totalCount(data, all.count),
    },
    {
      name: 'per level per hour',
      graphql: `{ stats(${time}) { histogram(buckets: ${hours}) { start byLevel { level count } } } }`,
      aimMs: 10,
      problem: (data) => check.perHour(data, expected),
    },
    page(`attributes.region:${REGION}`, 10, query(`attributes.region:${REGION}`), found.region),
    {
      name: `facet of an attribute over all (SQL, jsonb: ${ms(facetMs)})`,
      graphql: `{ facets(by: { attribute: ["region"] }, ${time}) { value count } }`,
      aimMs: FACET_BEFORE * facetMs,
      problem: (data) => check.facet(data, expected.regions),
    },
    page('text: of a rare word in an attribute', 40, query(`text:${RARE_IN_ATTRIBUTE}`), found.inAttribute),
  ];
}
