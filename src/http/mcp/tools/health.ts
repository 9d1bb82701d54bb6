import type { Tool } from './tool.ts';

export const HEALTH: Tool = {
  name: 'health',
  title: 'Health of the log server',
  description:
    'The state of the log server itself, its problems, and what it stores. Not the state of the programs that send logs. Refused for a key with a scope.',
  query: `query McpHealth {
    health {
      status checkedAt version uptime
      problems { code message }
      database { status latencyMs serverVersion sizeBytes error }
      queue { status depth bytes oldestAgeMs }
      spool { status enabled segments bytes oldestAt breaker }
      activity { lastWriteAt rowsLastMinute rowsLastFiveMinutes }
    }
    storage { sizeBytes rows oldest newest retention archive { rows bytes oldest newest } }
  }`,
  arguments: {},
  textMax: 500,
};
