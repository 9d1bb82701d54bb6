import { AsyncLocalStorage } from 'node:async_hooks';

/** The fields that every line of a request, a pipeline or an operation bears, by their names in a record. */
export interface ContextFields {
  correlation_id?: string;
  trace_id?: string;
  span_id?: string;
  pipeline_id?: string;
  user_id?: string;
  component?: string;
  [name: string]: unknown;
}

const storage = new AsyncLocalStorage<ContextFields>();

/** The fields of the present context. Empty outside of one. Give it to pino as `mixin`. */
export const contextFields = (): ContextFields => ({ ...storage.getStore() });

/** Calls the function in a context that has the fields of the present one, and these. */
export const withContext = <Result>(fields: ContextFields, call: () => Result): Result =>
  storage.run({ ...storage.getStore(), ...fields }, call);

/** Calls the function in a context that has these fields alone. Without a closure, because each request of a server does it. */
export const inContext = <Args extends unknown[], Result>(
  fields: ContextFields,
  call: (...args: Args) => Result,
  ...args: Args
): Result => storage.run(fields, call, ...args);

/** Whether these very fields are the present context. */
export const isContext = (fields: ContextFields): boolean => storage.getStore() === fields;
