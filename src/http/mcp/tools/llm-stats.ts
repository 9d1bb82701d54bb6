import { DURATIONS, first, LLM_TOTALS, QUERY, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const LLM_STATS: Tool = {
  name: 'llm_stats',
  title: 'Count calls to language models',
  description:
    'Calls to language models: their number, errors, tokens, cost and durations, in all and by a field such as the model.',
  query: `query McpLlmStats($query: String, ${TIME_VARIABLES}, $by: FieldRef! = { field: LLM_MODEL }, $first: Int! = 20) {
    llmStats(filter: { query: $query }, ${TIME_RANGE}) {
      range { from to }
      totals ${LLM_TOTALS}
      durations ${DURATIONS}
      timeToFirstToken ${DURATIONS}
      groups(by: $by, first: $first) { value totals ${LLM_TOTALS} }
    }
  }`,
  arguments: {
    query: QUERY,
    ...TIME,
    by: { description: 'The field or attribute of groups, such as {"field": "SERVICE"} or {"attribute": ["team"]}.' },
    first: first('groups, the dearest first'),
  },
  textMax: 300,
  bounded: { 'llmStats.groups': 'first' },
};
