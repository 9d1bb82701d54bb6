import { BRIEF_RECORD, first, QUERY, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const PATTERNS: Tool = {
  name: 'patterns',
  title: 'Sort messages into patterns',
  description:
    'The kinds of messages among the records that match, the most common first: each with the variable parts as <*>, its share, an example, and a search that finds its records. It looks at an even sample. With baseline: what is new since then has a baselineCount of 0.',
  query: `query McpPatterns($query: String, ${TIME_VARIABLES}, $first: Int! = 30, $sample: Int! = 20000, $baseline: TimeRangeInput) {
    patterns(filter: { query: $query }, ${TIME_RANGE}, first: $first, sample: $sample, baseline: $baseline) {
      sampled
      patterns {
        template count share baselineCount highestLevel services firstSeen lastSeen query
        example { ${BRIEF_RECORD} }
      }
    }
  }`,
  arguments: {
    query: QUERY,
    ...TIME,
    first: first('patterns'),
    sample: { description: 'The most records to look at.', min: 1, max: 100_000 },
    baseline: { description: 'Another range of time to compare with, such as {"last": "7d", "to": "2026-11-21"}.' },
  },
  textMax: 300,
  bounded: { 'patterns.patterns': 'first' },
};
