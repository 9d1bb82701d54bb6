import { asWeirError, isUnavailable } from '../db/connection/sqlstate.ts';
import { DatabaseUnavailable } from '../errors.ts';
import { compareRecords } from '../log/record.ts';
import { type Run, type RunStatus, readRun, statusAtMs } from '../log/run.ts';
import { millisOf } from '../log/time.ts';
import type { TailEvent } from './tail-event.ts';

/** A run as its readers are told of it. Readers share events, so an event never changes. */
export interface RunEvent {
  readonly run: Run;
  readonly status: RunStatus;
}

export interface RunWatchDeps {
  /** The committed records that tell of runs, from now on. */
  told: AsyncIterator<TailEvent>;
  /** The runs to tell of at once, the newest first. Called when `told` has begun, so that no run is missed in between. */
  readFirst(): Promise<readonly Run[]>;
  /** What the database knows of these runs. Null: nothing. */
  find(ids: readonly string[]): Promise<readonly (Run | null)[]>;
  matches(run: Run): boolean;
  /** Whether a reader that joins is told of runs that have ended, too. */
  tellsEnded: boolean;
}

/** One reader of a watch. */
export interface RunReader {
  /** Undefined once the watch has ended. Throws what ended it. */
  next(): Promise<RunEvent | undefined>;
  leave(): void;
}

/**
 * Runs that are remembered, that wait for the database, and that wait for a slow reader: of each so many. Past it the
 * oldest are forgotten, until they tell again.
 */
export const WATCHED_RUNS_MAX = 10_000;
/** Each run is told of at most once in this time. */
const TELL_EVERY_MS = 1000;
/** Runs that one statement looks up. */
const FIND_MAX = 1000;
const FIND_AGAIN_MS = 1000;
/** Changes within this time are told in one pass over all runs. */
const GATHER_MS = 20;
const SLEEP_MS_MAX = 60_000;

interface Watched {
  run: Run;
  /** What readers were told last. Null before the first time. */
  told: (RunEvent & { at: number }) | null;
}

/**
 * Follows runs: by the records that tell of them, and by the clock, which makes a silent run stalled. A record of an unknown run
 * may be late, so the database is asked for the run's newest one. A slow reader gets the newest state of each run, so that it
 * has at most one event of each waiting. `onEnd` is called when the last reader has left, or `told` has ended.
 *
 *   told ── record ──> runs ── changed, and not told within a second ──> each reader's waiting events
 *               └ unknown: find ──┘         ^ the clock: a run is stalled
 */
export function createRunWatch(deps: RunWatchDeps, onEnd: () => void): { join(): RunReader } {
  const { told, matches } = deps;
  /** In the order in which they told. */
  const runs = new Map<string, Watched>();
  /** As a record told of them. */
  const unknown = new Map<string, Run>();
  const readers = new Set<{ waiting: Map<string, RunEvent>; wake(): void }>();
  let begun: Promise<void> | undefined;
  let finding = false;
  let ended = false;
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;

  function end(error?: unknown): void {
    if (ended) return;
    ended = true;
    failure = error;
    clearTimeout(timer);
    void told.return?.();
    for (const { wake } of readers) wake();
    onEnd();
  }

  async function begin(): Promise<void> {
    try {
      // The first event says that the tail has begun.
      await told.next();
      await readAgain();
      tellChanges();
      void follow();
    } catch (error) {
      end(error);
    }
  }

  async function readAgain(): Promise<void> {
    for (const run of (await deps.readFirst()).toReversed()) remember(run);
  }

  async function follow(): Promise<void> {
    try {
      for (let event = await told.next(); !event.done && !ended; event = await told.next()) {
        const { records, skipped } = event.value;
        for (const record of records) hear(readRun(record));
        if (skipped > 0) {
          for (const { run } of runs.values()) setBounded(unknown, run.pipelineId, run);
          await readAgain();
        }
        if (records.length > 0) tellIn(GATHER_MS);
        if (unknown.size > 0) void findUnknown();
      }
      end();
    } catch (error) {
      end(error);
    }
  }

  function hear(run: Run | null): void {
    if (run === null) return;
    if (runs.has(run.pipelineId)) remember(run);
    else setBounded(unknown, run.pipelineId, newer(run, unknown.get(run.pipelineId)));
  }

  async function findUnknown(): Promise<void> {
    if (finding) return;
    finding = true;
    try {
      while (unknown.size > 0 && !ended) {
        const ids = Array.from(unknown.keys()).slice(0, FIND_MAX);
        const found = await deps.find(ids);
        for (const [i, id] of ids.entries()) {
          const heard = unknown.get(id) ?? found[i];
          if (heard) remember(newer(heard, found[i]));
          unknown.delete(id);
        }
        tellIn(GATHER_MS);
      }
    } catch (error) {
      if (!isUnavailable(error) && !(error instanceof DatabaseUnavailable)) end(error);
      else setTimeout(() => void findUnknown(), FIND_AGAIN_MS).unref();
    } finally {
      finding = false;
    }
  }

  function remember(run: Run): void {
    const known = runs.get(run.pipelineId);
    if (known && newer(known.run, run) === known.run) return;
    runs.delete(run.pipelineId);
    setBounded(runs, run.pipelineId, { run, told: known?.told ?? null });
  }

  /** Tells what has changed and is due. Sleeps until the next change that can be known now. */
  function tellChanges(): void {
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const watched of runs.values()) {
      const { run, told } = watched;
      if (!matches(run)) continue;
      const status = statusAtMs(run, now);
      const isNews = told?.run !== run || told.status !== status;
      const dueAt = told === null ? now : told.at + TELL_EVERY_MS;
      if (isNews && dueAt <= now) {
        watched.told = { run, status, at: now };
        tell({ run, status });
      } else if (isNews) next = Math.min(next, dueAt);
      if (status === 'RUNNING') next = Math.min(next, Math.floor(millisOf(run.stallsAt)) + 1);
    }
    if (next < Number.POSITIVE_INFINITY) tellIn(next - now);
  }

  function tell(event: RunEvent): void {
    for (const { waiting, wake } of readers) {
      setBounded(waiting, event.run.pipelineId, event);
      wake();
    }
  }

  /** There is one timer: an earlier time replaces a later one. */
  function tellIn(ms: number): void {
    if (ended) return;
    const wait = Math.min(Math.max(ms, 0), SLEEP_MS_MAX);
    const at = performance.now() + wait;
    if (timer && timerAt <= at) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(() => {
      timer = undefined;
      tellChanges();
    }, wait);
  }

  function current(): Map<string, RunEvent> {
    const events = new Map<string, RunEvent>();
    for (const { run, told } of runs.values()) {
      const isWanted = told !== null && (deps.tellsEnded || run.end === null);
      if (isWanted) events.set(run.pipelineId, { run: told.run, status: told.status });
    }
    return events;
  }

  return {
    join() {
      let resume = (): void => {};
      const reader = { waiting: current(), wake: () => resume() };
      readers.add(reader);
      return {
        async next() {
          begun ??= begin();
          await begun;
          while (readers.has(reader) && reader.waiting.size === 0 && !ended) {
            await new Promise<void>((resolve) => {
              resume = resolve;
            });
          }
          const [next] = reader.waiting.values();
          if (next) reader.waiting.delete(next.run.pipelineId);
          else if (failure !== undefined) throw asWeirError(failure);
          return next;
        },
        leave() {
          reader.waiting.clear();
          if (readers.delete(reader) && readers.size === 0) end();
          resume();
        },
      };
    },
  };
}

/** An id that is there keeps its place: it comes to its turn however often it changes. */
function setBounded<T>(map: Map<string, T>, id: string, value: T): void {
  map.set(id, value);
  if (map.size > WATCHED_RUNS_MAX) map.delete(map.keys().next().value!);
}

const newer = (run: Run, other: Run | null | undefined): Run => (other && compareRecords(other, run) > 0 ? other : run);
