import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ApiError } from '../../api/ask.ts';
import { ask } from '../../api/ask.ts';
import { RunsDocument } from '../../api/documents.ts';
import { apiError } from '../../state/resource.ts';
import { refreshes, time } from '../../state/search.ts';
import { reconnects } from './live-runs.ts';
import { type Run, runFilter } from './run-filter.ts';

const PAGE = 50;

interface Pages {
  runs: readonly Run[];
  /** Where the next page begins. Null: there is none. */
  next: string | null;
  error: ApiError | null;
  loading: boolean;
}

const NONE: Pages = { runs: [], next: null, error: null, loading: true };

/** The pages that were read: the runs that told last first, by the filter and the time of the URL. */
export const pages = signal<Pages>(NONE);

let reading: AbortController | undefined;

async function read(after: string | null): Promise<void> {
  reading?.abort();
  reading = new AbortController();
  const { signal } = reading;
  const { status, name, service } = runFilter.peek();
  pages.value = { ...pages.peek(), loading: true, error: null };
  try {
    const { data } = await ask(
      RunsDocument,
      {
        statuses: status && [status],
        names: name === null ? null : [name],
        services: service === null ? null : [service],
        time: time.peek() ?? {},
        first: PAGE,
        after,
      },
      signal,
    );
    if (signal.aborted || !data.pipelines) return;
    const { nodes, pageInfo } = data.pipelines;
    pages.value = {
      runs: after === null ? nodes : [...pages.peek().runs, ...nodes],
      next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null,
      error: null,
      loading: false,
    };
  } catch (error) {
    if (!signal.aborted) pages.value = { ...pages.peek(), error: apiError(error), loading: false };
  }
}

export const readNextPage = (): Promise<void> => read(pages.peek().next);
export const readFirstPage = (): Promise<void> => read(null);

/** Reads the first page, and again after each change of filter and time, a refresh, and a reconnect. */
export function useRunPages(): void {
  useEffect(() => {
    pages.value = NONE;
    const end = effect(() => {
      runFilter.value;
      time.value;
      refreshes.value;
      reconnects.value;
      void readFirstPage();
    });
    return () => {
      end();
      reading?.abort();
    };
  }, []);
}
