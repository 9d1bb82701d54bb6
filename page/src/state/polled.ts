import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import type { TypedDocumentString } from '../api/documents.ts';
import { type Loaded, useResource } from './resource.ts';
import { visible } from './visible.ts';

/**
 * A resource that is asked for again this long after each answer, also after a failure: the server may come back. In a hidden tab
 * it waits, and is asked for when a person looks again. `everyMs` null: not again.
 */
export function usePolled<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: () => Variables | null,
  everyMs: (data: Result | null) => number | null,
): ReadonlySignal<Loaded<Result>> {
  const asked = useSignal(0);
  const isDue = useSignal(false);
  const state = useResource(document, () => {
    asked.value;
    return variables();
  });
  useSignalEffect(() => {
    const { loading, data } = state.value;
    const pause = loading ? null : everyMs(data);
    isDue.value = false;
    if (pause === null) return;
    const timer = setTimeout(() => {
      isDue.value = true;
    }, pause);
    return () => clearTimeout(timer);
  });
  useSignalEffect(() => {
    if (isDue.value && visible.value) asked.value = asked.peek() + 1;
  });
  return state;
}
