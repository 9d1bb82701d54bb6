import { errorFields } from '../error-fields.ts';

/** An option of `runOperation` that cannot be used. */
export class InvalidOperation extends Error {
  override readonly name = 'InvalidOperation';
  readonly code = 'INVALID_OPERATION';
}

/** Another run of the same name uses the same folder now. */
export class OperationLocked extends Error {
  override readonly name = 'OperationLocked';
  readonly code = 'OPERATION_LOCKED';

  constructor(operation: string, dir: string) {
    super(
      `operation ${operation}: another run of this name is working in ${dir}. ` +
        'Wait for its end, stop it, or give this one another name or another `dir`.',
    );
  }
}

/** One item took longer than `itemTimeoutMs`. */
export class ItemTimedOut extends Error {
  override readonly name = 'ItemTimedOut';
  readonly code = 'ITEM_TIMED_OUT';

  constructor(timeoutMs: number) {
    super(`the item took longer than itemTimeoutMs (${timeoutMs} ms)`);
  }
}

/** The run stops, or an item is aborted because the run stops. The message says why. */
export class OperationStopped extends Error {
  override readonly name = 'OperationStopped';
  readonly code = 'OPERATION_STOPPED';
}

/** The error of an item as it is recorded. */
export interface ItemError {
  type: string;
  message: string;
}

const MESSAGE_CHARS_MAX = 2000;

/** Anything can be thrown: an item that throws something strange must not end the run. */
export function itemError(error: unknown): ItemError {
  const { type, message } = errorFields(error);
  return { type, message: message.slice(0, MESSAGE_CHARS_MAX) };
}
