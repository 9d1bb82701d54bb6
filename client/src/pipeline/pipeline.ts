import { randomUUID } from 'node:crypto';
import { contextFields } from '../context.ts';
import { defaultLog } from '../default-log.ts';
import type { RecordLog } from '../record-log.ts';
import { runStage, type Work } from './stage.ts';

export interface PipelineOptions {
  /** Where the records go. Default: the one of `setLog`. */
  log?: RecordLog;
  /** The id of the run. Default: the name, the time, and random characters. */
  id?: string;
  /** Fields of every line within the run, such as `{ environment: 'staging' }`. */
  fields?: object;
}

/**
 * Runs one run of a pipeline, and resolves to what `work` does. Every line within it bears its pipeline id, and the correlation
 * id of the present context; a run without one begins a chain of its own. A run within another one has its own id, and the
 * other one's as `parent_pipeline_id`. An error is logged and thrown again.
 */
export function pipeline<Result>(name: string, work: Work<Result>): Promise<Result>;
export function pipeline<Result>(name: string, options: PipelineOptions, work: Work<Result>): Promise<Result>;
export async function pipeline<Result>(
  name: string,
  ...[options, work]: [Work<Result>] | [PipelineOptions, Work<Result>]
): Promise<Result> {
  if (work === undefined) return pipeline(name, {}, options as Work<Result>);
  const { log = defaultLog(), id = newRunId(name), fields } = options as PipelineOptions;
  const { correlation_id: correlationId = id, pipeline_id: parent } = contextFields();
  const context = {
    ...fields,
    pipeline_id: id,
    correlation_id: correlationId,
    ...(parent !== undefined && { parent_pipeline_id: parent }),
  };
  return runStage({ log, pipeline: name, told: new WeakSet() }, name, '', context, work);
}

/** `nightly-import-20250706T103015Z-5f0c2a`: it says what it is, and sorts by time. */
function newRunId(name: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${name}-${time}-${randomUUID().slice(0, 6)}`;
}
