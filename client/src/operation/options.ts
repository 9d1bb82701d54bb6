import type { RecordLog } from '../record-log.ts';
import { InvalidOperation } from './errors.ts';

export interface OperationOptions<Item = unknown> {
  /** Names an item, the same way in every run. Default: the item itself if it is a string or a number, else its `key` or `id`. */
  key?: (item: Item) => string | number;
  /** How many items there are, if `items` cannot say it. */
  total?: number;
  /** How many items are handled at the same time. Default 1. */
  concurrency?: number;
  /** After this time the item's signal is aborted, and the item has failed. */
  itemTimeoutMs?: number;
  /** After this time the run ends with what it has. */
  timeoutMs?: number;
  /** Goes on after the last finished item of a run that did not reach its end. */
  resume?: boolean;
  /** The run ends when this many items have failed. Default: never. */
  stopAfterFailures?: number;
  /** Where records go: a pino logger, or a sender. Default: nowhere. */
  log?: RecordLog;
  /** The folder of the progress file and the checkpoint file. Default `logs/progress`. */
  dir?: string;
  /** The id of a new run. A resumed run keeps its own. Default: a random one. */
  pipelineId?: string;
  /** What the run does now, as progress shows it. */
  stage?: string;
  /** The server calls the run stalled when it has heard nothing for so long. Default 60. */
  expectWithinSeconds?: number;
  /** How long the items that have begun may go on after a signal, before their signals are aborted. Default 5000. */
  graceMs?: number;
  /** Whether SIGINT, SIGTERM and SIGHUP stop the run and then end the process. Default true. */
  signals?: boolean;
  /** Stops the run, as a signal does, but the process goes on. */
  signal?: AbortSignal;
  /** Whether a terminal shows a progress bar. Default: if stderr is one. */
  bar?: boolean;
}

/** Options with their defaults. Undefined where there is no limit. */
export type Settings<Item> = ReturnType<typeof checkOptions<Item>>;

/** Part of a file's name: no folder, no hidden file, and room for an ending. */
const NAME = /^\w[\w.-]{0,99}$/;
/** What a timer of Node can wait: 24 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const CONCURRENCY_MAX = 10_000;
const DAY_SECONDS = 86_400;

/** @throws InvalidOperation */
export function checkOptions<Item>(name: string, options: OperationOptions<Item>) {
  if (!NAME.test(name)) {
    const expected = 'expected letters, digits, "_", "." and "-", at most 100, as a file is named after it';
    throw new InvalidOperation(`operation name: ${expected}; got ${JSON.stringify(name)}`);
  }
  const whole = (option: keyof OperationOptions, min: number, max: number): number | undefined => {
    const value = options[option];
    if (value === undefined || (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)) {
      return value as number | undefined;
    }
    throw new InvalidOperation(
      `operation ${name}, ${option}: expected a whole number from ${min} to ${max}, got ${value}`,
    );
  };
  return {
    name,
    key: options.key ?? defaultKey,
    total: whole('total', 0, Number.MAX_SAFE_INTEGER),
    concurrency: whole('concurrency', 1, CONCURRENCY_MAX) ?? 1,
    itemTimeoutMs: whole('itemTimeoutMs', 1, TIMER_MS_MAX),
    timeoutMs: whole('timeoutMs', 1, TIMER_MS_MAX),
    resume: options.resume ?? false,
    stopAfterFailures: whole('stopAfterFailures', 1, Number.MAX_SAFE_INTEGER),
    log: options.log,
    dir: options.dir ?? 'logs/progress',
    pipelineId: options.pipelineId,
    stage: options.stage ?? null,
    expectWithinSeconds: whole('expectWithinSeconds', 1, DAY_SECONDS) ?? 60,
    graceMs: whole('graceMs', 0, TIMER_MS_MAX) ?? 5000,
    signals: options.signals ?? true,
    signal: options.signal,
    bar: options.bar,
  };
}

function defaultKey(item: unknown): string | number {
  if (typeof item === 'string' || typeof item === 'number') return item;
  const { key, id } = (item ?? {}) as { key?: unknown; id?: unknown };
  return (key ?? id) as string;
}
