import { signal } from '@preact/signals';
import { LiveRunsDocument } from '../../api/documents.ts';
import { type Connection, followAgain } from '../../api/follow-again.ts';
import type { Run } from './run-filter.ts';

/** Runs that are kept. Past it, those that told longest ago are forgotten. */
const KEPT_MAX = 2000;
/** Changes within this time are shown together: a thousand runs may each tell once a second. */
const GATHER_MS = 250;

/** What runs, as the server tells it; with those that ended meanwhile. */
export const liveRuns = signal<ReadonlyMap<string, Run>>(new Map());
export const connection = signal<Connection>('connecting');
/** Counts up when the connection is there again: runs may have ended meanwhile. */
export const reconnects = signal(0);

/** @returns ends it */
export function followRuns(): () => void {
  const changed = new Map<string, Run>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(): void {
    timer = undefined;
    liveRuns.value = newest(new Map([...liveRuns.peek(), ...changed]));
    changed.clear();
  }

  liveRuns.value = new Map();
  const end = followAgain(
    LiveRunsDocument,
    {},
    {
      onData({ pipelines: run }) {
        changed.set(run.pipelineId, run);
        timer ??= setTimeout(show, GATHER_MS);
      },
      onConnection(next) {
        if (next === 'live' && connection.peek() === 'lost') reconnects.value += 1;
        connection.value = next;
      },
    },
  );
  return () => {
    clearTimeout(timer);
    end();
  };
}

function newest(runs: ReadonlyMap<string, Run>): ReadonlyMap<string, Run> {
  if (runs.size <= KEPT_MAX) return runs;
  return new Map(
    Array.from(runs)
      .toSorted(([, a], [, b]) => laterFirst(a, b))
      .slice(0, KEPT_MAX),
  );
}

const toldAt = ({ progress }: Run): string => progress?.updatedAt ?? '';
/** Times of the API have one length, so they are in the order of their texts. */
export const laterFirst = (a: Run, b: Run): number => (toldAt(a) < toldAt(b) ? 1 : toldAt(a) > toldAt(b) ? -1 : 0);
