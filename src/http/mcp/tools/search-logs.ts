import { SEARCH_LANGUAGE } from './search-language.ts';
import { AFTER, BRIEF_RECORD, first, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const SEARCH_LOGS: Tool = {
  name: 'search_logs',
  title: 'Search log records',
  description: `Finds log records that match a search and a range of time, the newest first. Begin with stats or facets where you do not know yet what to look for. get_record shows all of a record, get_chain all that happened in its request.\n\n${SEARCH_LANGUAGE}`,
  query: `query McpSearchLogs($query: String, ${TIME_VARIABLES}, $order: LogOrder! = NEWEST_FIRST, $first: Int! = 20, $after: String, $count: Boolean! = true, $details: Boolean! = false) {
    logs(filter: { query: $query }, ${TIME_RANGE}, order: $order, first: $first, after: $after) {
      totalCount @include(if: $count)
      nodes {
        ${BRIEF_RECORD}
        ... @include(if: $details) {
          action host environment deploymentVersion traceId userId stackTrace attributes
          http { method path status }
          llm { operation provider requestModel responseModel inputTokens outputTokens costUsd }
        }
      }
      pageInfo { hasNextPage }
    }
  }`,
  arguments: {
    query: { description: 'Which records, in the search language. Without it: all.' },
    ...TIME,
    order: { description: 'The order of the records.' },
    first: first('records'),
    after: AFTER,
    count: { description: 'Whether to count all matching records. Without the count, a search for text is faster.' },
    details: { description: 'With attributes, stack trace, host, HTTP exchange and more of each record.' },
  },
  textMax: 1000,
  page: ['logs'],
};
