import { performance } from 'node:perf_hooks';
import { type ContextFields, contextFields, withContext } from '../context.ts';
import { errorFields } from '../error-fields.ts';
import type { RecordLog } from '../record-log.ts';

/** A stage of a run, or the run itself. */
export interface Stage {
  readonly pipelineId: string;
  /** The component of its lines: `extract`, and `extract/download` for a stage within it. The run itself has its name. */
  readonly component: string;
  /** Writes lines of this stage, also with a logger that has no mixin. */
  readonly log: RecordLog;
  /** Adds figures to the record of its end: `stage.set({ rows: 500 })`. */
  set(figures: object): void;
  /** Runs a stage within it. Stages may run side by side. */
  stage<Result>(name: string, work: Work<Result>): Promise<Result>;
}

export type Work<Result> = (stage: Stage) => Result | Promise<Result>;

export interface Run {
  log: RecordLog;
  pipeline: string;
  /** Errors whose stacks are logged: an error goes up through all stages, and is told at each, but its stack once. */
  told: WeakSet<object>;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies (keyof RecordLog)[];

/**
 * Runs a stage between the records of its start and its end: Weir takes the time of a stage from its records.
 * @param prefix of the components of stages within it
 */
export function runStage<Result>(
  run: Run,
  component: string,
  prefix: string,
  context: ContextFields,
  work: Work<Result>,
): Promise<Result> {
  const own = { ...context, component };
  return withContext(own, async () => {
    const log = stageLog(run.log, own);
    const { pipeline } = run;
    const figures = {};
    const startedAt = performance.now();
    const duration = () => Math.round((performance.now() - startedAt) * 1_000) / 1_000;
    log.info({ pipeline, status: 'running' }, `${component} started`);
    try {
      const result = await work({
        pipelineId: String(context.pipeline_id),
        component,
        log,
        set: (more) => void Object.assign(figures, more),
        stage: (name, inner) => runStage(run, prefix + name, `${prefix}${name}/`, context, inner),
      });
      log.info({ ...figures, pipeline, status: 'succeeded', duration_ms: duration() }, `${component} finished`);
      return result;
    } catch (error) {
      const err = tell(run.told, error);
      log.error({ ...figures, pipeline, status: 'failed', duration_ms: duration(), err }, `${component} failed`);
      throw error;
    }
  });
}

/** The lines of a logger without the mixin have the fields too. A logger that throws does not end the run. */
const stageLog = (log: RecordLog, own: ContextFields): RecordLog =>
  Object.fromEntries(
    LEVELS.map((level) => [
      level,
      (fields: object, message: string) => {
        try {
          log[level]({ ...contextFields(), ...own, ...fields }, message);
        } catch {
          // There is no other place to tell it.
        }
      },
    ]),
  ) as unknown as RecordLog;

function tell(told: WeakSet<object>, error: unknown): object {
  const fields = errorFields(error);
  if (typeof error !== 'object' || error === null) return fields;
  if (told.has(error)) delete fields.stack;
  told.add(error);
  return fields;
}
