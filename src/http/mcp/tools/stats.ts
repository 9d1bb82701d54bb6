import { DURATIONS, first, QUERY, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const STATS: Tool = {
  name: 'stats',
  title: 'Count log records',
  description:
    'How many records match, exactly: by level, service, component and time, with the error rate, the most common errors and durations. A good first look.',
  query: `query McpStats($query: String, ${TIME_VARIABLES}, $buckets: Int! = 24, $first: Int! = 10) {
    stats(filter: { query: $query }, ${TIME_RANGE}) {
      range { from to }
      total errorRate ratePerSecond activeUsers
      byLevel { level count }
      byService(first: $first) { value count }
      byComponent(first: $first) { value count }
      topErrors(first: $first) { errorType service component count firstSeen lastSeen sample { id message } }
      durations ${DURATIONS}
      bars(buckets: $buckets) { start end total errorCount }
    }
  }`,
  arguments: {
    query: QUERY,
    ...TIME,
    buckets: { description: 'About how many bars of time.', min: 1, max: 100 },
    first: first('services, components and errors each'),
  },
  textMax: 300,
  bounded: { 'stats.byService': 'first', 'stats.byComponent': 'first', 'stats.topErrors': 'first' },
};
