import type { Run } from '../../log/run.ts';

/** The columns of `pipeline_runs`, each with the property of a `Run` that it holds. */
const COLUMNS = {
  pipeline_id: 'pipelineId',
  ts: 'timestamp',
  uid: 'uid',
  name: 'name',
  service: 'service',
  host: 'host',
  ended: 'end',
  stalls_at: 'stallsAt',
  progress: 'progress',
  summary: 'summary',
} as const satisfies Record<string, keyof Run>;

const ENTRIES = Object.entries(COLUMNS);

export const RUN_COLUMNS = Object.keys(COLUMNS).join(', ');

/** The list for `select` whose rows are `Run`s. */
export const RUN = ENTRIES.map(([column, property]) => `${column} as "${property}"`).join(', ');

/** A run as an object of columns. */
export const rowOf = (run: Run): Record<string, unknown> =>
  Object.fromEntries(ENTRIES.map(([column, property]) => [column, run[property]]));
