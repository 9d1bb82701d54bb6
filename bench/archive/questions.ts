import { COMMON_WORD, COMPONENT, REGION } from '../neutral/expected.ts';
import { RARE_IN_ATTRIBUTE, RARE_SUBSTRING, RARE_WORD } from '../neutral/rows.ts';

/** The same question for Weir and for plain DuckDB over the files. */
export interface Question {
  name: string;
  graphql: string;
  /** Over the table `logs`. */
  sql: string;
  aimMs?: number;
}

export interface Asked {
  /** The time that is archived. */
  from: string;
  to: string;
  /** A day of it. */
  day: { from: string; to: string };
  /** Of a record of that day. */
  chain: string;
  user: string;
}

const FIELDS = 'timestamp level service component message';
const COLUMNS = 'ts, level, service, component, message';

export function questionsOf({ from, to, day, chain, user }: Asked): Question[] {
  const time = (span: { from: string; to: string }): string => `time: { from: "${span.from}", to: "${span.to}" }`;
  const within = (span: { from: string; to: string }): string => `ts >= '${span.from}' and ts < '${span.to}'`;
  const page = (name: string, filter: string, condition: string, span = { from, to }, aimMs?: number): Question => ({
    name: `${name}, newest 100`,
    graphql: `{ logs(first: 100, filter: { ${filter} }, ${time(span)}) { nodes { ${FIELDS} } } }`,
    sql: `select ${COLUMNS} from logs where ${within(span)} and ${condition} order by ts desc, uid desc limit 100`,
    ...(aimMs !== undefined && { aimMs }),
  });
  const word = (text: string): [string, string] => [`messageContains: "${text}"`, `message ilike '%${text}%'`];
  return [
    page('a component, one day', `components: ["${COMPONENT}"]`, `component = '${COMPONENT}'`, day, 100),
    page('a common word, one day', ...word(COMMON_WORD), day, 100),
    page('a rare word, one day', ...word(RARE_WORD), day, 100),
    page('a user, one day', `userIds: ["${user}"]`, `user_id = '${user}'`, day, 100),
    page('all', '', 'true'),
    page('errors', 'hasError: true', '(severity_number >= 17 or error_type is not null)'),
    page('a component', `components: ["${COMPONENT}"]`, `component = '${COMPONENT}'`),
    page('a user', `userIds: ["${user}"]`, `user_id = '${user}'`),
    page('a chain', `correlationIds: ["${chain}"]`, `correlation_id = '${chain}'`),
    page('a common word', ...word(COMMON_WORD)),
    page('a rare word', ...word(RARE_WORD)),
    page('a rare substring', ...word(RARE_SUBSTRING)),
    page('an absent word', ...word('plasmodrome')),
    page(
      `attributes.region:${REGION}`,
      `query: "attributes.region:${REGION}"`,
      `(attributes ->> '$.region') = '${REGION}'`,
    ),
    page(
      'text: of a rare word in an attribute',
      `query: "text:${RARE_IN_ATTRIBUTE}"`,
      `attributes::varchar ilike '%${RARE_IN_ATTRIBUTE}%'`,
    ),
    {
      name: 'count of a common word',
      graphql: `{ logs(first: 0, filter: { messageContains: "${COMMON_WORD}" }, ${time({ from, to })}) { totalCount } }`,
      sql: `select count(*) from logs where ${within({ from, to })} and message ilike '%${COMMON_WORD}%'`,
    },
    {
      name: 'facet of an attribute',
      graphql: `{ facets(by: { attribute: ["region"] }, ${time({ from, to })}) { value count } }`,
      sql: `select attributes ->> '$.region' as value, count(*) from logs where ${within({ from, to })} group by 1 order by 2 desc`,
    },
    {
      name: 'durations of a component',
      graphql: `{ stats(filter: { components: ["${COMPONENT}"] }, ${time({ from, to })}) { durations { count avg p50 p95 p99 max } } }`,
      sql: `select count(duration_ms), avg(duration_ms), quantile_cont(duration_ms, [0.5, 0.95, 0.99]), max(duration_ms)
        from logs where ${within({ from, to })} and component = '${COMPONENT}'`,
    },
    {
      name: 'per level per six hours',
      graphql: `{ stats(${time({ from, to })}) { histogram(buckets: 240) { start byLevel { level count } } } }`,
      sql: `select time_bucket(interval 6 hours, ts) as six_hours, level, count(*) from logs where ${within({ from, to })} group by 1, 2`,
    },
    {
      name: 'count, stats',
      graphql: `{ stats(${time({ from, to })}) { total } }`,
      sql: `select count(*) from logs where ${within({ from, to })}`,
    },
  ];
}
