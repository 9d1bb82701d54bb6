import { AFTER, first, TIME, TIME_RANGE, TIME_VARIABLES, type Tool } from './tool.ts';

export const RUNS: Tool = {
  name: 'runs',
  title: 'List long operations',
  description:
    'Long operations such as imports and jobs that told of their progress, the one that told last first: how far each is, and whether it succeeded, failed or stalled. search_logs with pipelineId:ID has the records of one.',
  query: `query McpRuns($statuses: [RunStatus!], $names: [String!], $services: [String!], ${TIME_VARIABLES}, $first: Int! = 20, $after: String) {
    pipelines(statuses: $statuses, names: $names, services: $services, ${TIME_RANGE}, first: $first, after: $after) {
      edges {
        cursor
        node {
          pipelineId name status service host startedAt endedAt durationMs logCount errorCount highestLevel
          progress { processed failed total percentage ratePerSecond elapsed eta currentItem stage updatedAt }
          summary
        }
      }
      pageInfo { hasNextPage }
    }
  }`,
  arguments: {
    statuses: { description: 'Only runs with one of these statuses.' },
    names: { description: 'Only runs with one of these names.' },
    services: { description: 'Only runs of one of these services.' },
    ...TIME,
    first: first('runs'),
    after: AFTER,
  },
  textMax: 500,
  page: ['pipelines'],
};
