import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError, type Asked, ask } from '../api/ask.ts';
import type { TypedDocumentString } from '../api/documents.ts';
import { retryOnline } from './retry-online.ts';

export interface Loaded<Result> {
  /** The newest answer. It stays while the next one is on its way, so that the page does not flicker. */
  data: Result | null;
  hints: string[];
  error: ApiError | null;
  loading: boolean;
}

const NOTHING: Loaded<never> = { data: null, hints: [], error: null, loading: true };

/**
 * Asks a question, and again whenever a signal that `variables` reads has changed; the question before is cancelled. Null: asks
 * nothing. A question that failed without network is asked again when the network is back. For a component: it ends with it.
 * `send`: another way to ask, such as `askInTurn`.
 */
export function useResource<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: () => Variables | null,
  send: typeof ask = ask,
): ReadonlySignal<Loaded<Result>> {
  const state = useMemo(() => signal<Loaded<Result>>(NOTHING), []);
  const retries = useMemo(() => signal(0), []);
  useEffect(
    () =>
      retryOnline(
        () => state.peek().error,
        () => {
          retries.value += 1;
        },
      ),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        retries.value;
        const given = variables();
        if (given === null) {
          state.value = { ...NOTHING, loading: false };
          return;
        }
        const abort = new AbortController();
        state.value = { ...state.peek(), loading: true };
        send(document, given, abort.signal).then(
          ({ data, hints }: Asked<Result>) => {
            if (!abort.signal.aborted) state.value = { data, hints, error: null, loading: false };
          },
          (error: unknown) => {
            if (!abort.signal.aborted) state.value = { ...state.peek(), error: apiError(error), loading: false };
          },
        );
        return () => abort.abort();
      }),
    [],
  );
  return state;
}

export const apiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(error instanceof Error ? error.message : String(error), 'ERROR');
