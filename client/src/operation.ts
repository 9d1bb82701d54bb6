export { readFinished } from './operation/checkpoint.ts';
export type { FinishedItem } from './operation/checkpoint-line.ts';
export {
  InvalidOperation,
  type ItemError,
  ItemTimedOut,
  OperationLocked,
  OperationStopped,
} from './operation/errors.ts';
export type { Items } from './operation/items.ts';
export type { OperationOptions } from './operation/options.ts';
export type { Progress, Status } from './operation/progress.ts';
export { runOperation } from './operation/run.ts';
export type { OperationSummary } from './operation/summary.ts';
export type { Handle, ItemContext } from './operation/work.ts';
