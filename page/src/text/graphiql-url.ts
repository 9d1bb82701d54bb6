import type { TimeRangeInput } from '../api/documents.ts';

/** GraphiQL with the present search and range as an operation that can be run. */
export function graphiqlUrl(query: string, time: TimeRangeInput | null): string {
  const values = [
    ...(query.trim() === '' ? [] : [`filter: { query: ${JSON.stringify(query)} }`]),
    ...(time === null ? [] : [`time: { ${literal(time)} }`]),
    'first: 50',
  ];
  const operation = `query Search {
  logs(${values.join(', ')}) {
    nodes {
      timestamp
      level
      service
      component
      message
      attributes
    }
  }
}`;
  return `/graphql?query=${encodeURIComponent(operation)}`;
}

const literal = (time: TimeRangeInput): string =>
  Object.entries(time)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ');
