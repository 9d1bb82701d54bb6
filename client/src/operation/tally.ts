import type { FinishedItem } from './checkpoint-line.ts';
import type { ItemError } from './errors.ts';

/** What a run has done so far, sessions before this one included. */
export interface Tally<Result> {
  /** `bytes`: of its line in the checkpoint file. */
  add(item: FinishedItem, bytes: number): void;
  begin(key: string): void;
  isInProgress(key: string): boolean;
  end(key: string): void;
  processed(): number;
  failed(): number;
  /** Of the items in progress, the one that began first. */
  currentItem(): string | null;
  /** In the order of their ends. */
  readonly results: { key: string; result: Result }[];
  readonly failures: ({ key: string } & ItemError)[];
  /** What the bounds below leave out of them. The checkpoint file has all. */
  resultsOmitted(): number;
  failuresOmitted(): number;
}

/** As JSON, with their keys. */
const RESULTS_BYTES_MAX = 64 * 1024 * 1024;
const FAILURES_MAX = 1000;

export function createTally<Result>(): Tally<Result> {
  const results: { key: string; result: Result }[] = [];
  const failures: ({ key: string } & ItemError)[] = [];
  const inProgress = new Set<string>();
  let [done, failed, resultBytes, omitted] = [0, 0, 0, 0];

  function addResult(item: { key: string; result?: unknown; omitted?: string }, bytes: number): void {
    if (item.result === undefined && item.omitted === undefined) return;
    if (item.omitted !== undefined || resultBytes + bytes > RESULTS_BYTES_MAX) {
      omitted++;
      return;
    }
    resultBytes += bytes;
    results.push({ key: item.key, result: item.result as Result });
  }

  return {
    add(item, bytes) {
      if ('error' in item) {
        failed++;
        if (failures.length < FAILURES_MAX) failures.push({ key: item.key, ...item.error });
      } else {
        done++;
        addResult(item, bytes);
      }
    },
    begin: (key) => void inProgress.add(key),
    isInProgress: (key) => inProgress.has(key),
    end: (key) => void inProgress.delete(key),
    processed: () => done + failed,
    failed: () => failed,
    currentItem: () => inProgress.values().next().value ?? null,
    results,
    failures,
    resultsOmitted: () => omitted,
    failuresOmitted: () => failed - failures.length,
  };
}
