import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, ask } from '../api/ask.ts';
import type { TypedDocumentString } from '../api/documents.ts';
import { apiError } from './resource.ts';

export interface Pages<Item> {
  items: readonly Item[];
  /** Null: there are no more. */
  nextCursor: string | null;
  loading: boolean;
  error: ApiError | null;
}

interface Page<Item> {
  nodes: readonly Item[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface LoadedPages<Item> {
  pages: ReadonlySignal<Pages<Item>>;
  /** Loads the next page, or the one that failed. */
  more: () => void;
}

/**
 * A list that is loaded page by page, and anew whenever a signal that `variables` reads has changed: the old list stays until the
 * new one is there. For a component: it ends with it.
 */
export function usePages<Result, Variables extends { after?: string | null | undefined }, Item>(
  document: TypedDocumentString<Result, Variables>,
  variables: () => Variables,
  pageOf: (result: Result) => Page<Item> | null,
): LoadedPages<Item> {
  const { pages, more, start } = useMemo(() => createPages(document, variables, pageOf), []);
  useEffect(() => effect(start), []);
  return { pages, more };
}

function createPages<Result, Variables extends { after?: string | null | undefined }, Item>(
  document: TypedDocumentString<Result, Variables>,
  variables: () => Variables,
  pageOf: (result: Result) => Page<Item> | null,
) {
  const pages = signal<Pages<Item>>({ items: [], nextCursor: null, loading: true, error: null });
  let given: Variables;
  let abort = new AbortController();

  function load(): void {
    const { signal: aborted } = abort;
    const { items, nextCursor: after } = pages.peek();
    const before = after === null ? [] : items;
    pages.value = { items, nextCursor: after, loading: true, error: null };
    ask(document, { ...given, after }, aborted).then(
      ({ data }) => {
        if (aborted.aborted) return;
        const { nodes, pageInfo } = pageOf(data) ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
        const nextCursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
        pages.value = { items: [...before, ...nodes], nextCursor, loading: false, error: null };
      },
      (error: unknown) => {
        if (!aborted.aborted)
          pages.value = { items: before, nextCursor: after, loading: false, error: apiError(error) };
      },
    );
  }

  return {
    pages,
    more: () => {
      if (!pages.peek().loading) load();
    },
    start: () => {
      given = variables();
      abort = new AbortController();
      pages.value = { ...pages.peek(), nextCursor: null };
      load();
      return () => abort.abort();
    },
  };
}
