import { first, QUERY, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const FACETS: Tool = {
  name: 'facets',
  title: 'Count the values of a field',
  description: 'The most common values of a field or of an attribute, with the number of records of each.',
  query: `query McpFacets($by: FieldRef!, $query: String, ${TIME_VARIABLES}, $first: Int! = 20) {
    facets(by: $by, filter: { query: $query }, ${TIME_RANGE}, first: $first) { value count }
  }`,
  arguments: {
    by: {
      description: 'The field, such as {"field": "SERVICE"}, or the attribute, such as {"attribute": ["region"]}.',
    },
    query: QUERY,
    ...TIME,
    first: first('values'),
  },
  textMax: 300,
  bounded: { facets: 'first' },
};
