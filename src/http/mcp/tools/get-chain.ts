import { AFTER, BRIEF_RECORD, first, LLM_TOTALS, QUERY, type Tool } from './tool.ts';

export const GET_CHAIN: Tool = {
  name: 'get_chain',
  title: 'Get the chain of a correlation id',
  description:
    'All that happened in one request or job, across services: the records with one correlation id, the oldest first, with the steps from service to service, the time between them, and the first error.',
  query: `query McpGetChain($correlationId: String!, $query: String, $steps: Int! = 30, $first: Int! = 50, $after: String) {
    correlation(correlationId: $correlationId) {
      startedAt endedAt durationMs logCount errorCount highestLevel services
      userIds(first: 20)
      llm ${LLM_TOTALS}
      firstError { ${BRIEF_RECORD} }
      steps(first: $steps) { service component startedAt endedAt durationMs logCount errorCount highestLevel gapMs }
      logs(filter: { query: $query }, first: $first, after: $after) {
        totalCount
        nodes { ${BRIEF_RECORD} }
        pageInfo { hasNextPage }
      }
    }
  }`,
  arguments: {
    correlationId: { description: 'The correlation id of a record.' },
    query: { description: `Of the list of records only. ${QUERY.description}` },
    steps: first('steps'),
    first: first('records'),
    after: AFTER,
  },
  textMax: 1000,
  page: ['correlation', 'logs'],
  bounded: { 'correlation.steps': 'steps' },
};
