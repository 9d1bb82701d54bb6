import { type ContextFields, inContext } from '../context.ts';

export const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** The same stream. Its source makes each value in the context of the request. */
export const streamInContext = (ids: ContextFields, source: AsyncIterable<unknown>): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]() {
    const values = source[Symbol.asyncIterator]();
    return {
      next: () => inContext(ids, () => values.next()),
      return: () => inContext(ids, () => values.return?.() ?? Promise.resolve({ done: true, value: undefined })),
    };
  },
});
