import { createRunWatch, type RunEvent, type RunReader, type RunWatchDeps } from './run-watch.ts';

/** The watches of runs of this server. */
export interface RunWatches {
  /** Readers of the same key share a watch and its events. It begins at the first `next`, and ends with its last reader. */
  read(key: string, open: () => RunWatchDeps): AsyncIterableIterator<RunEvent>;
  readonly running: number;
}

export function createRunWatches(): RunWatches {
  const watches = new Map<string, { join(): RunReader }>();

  function join(key: string, open: () => RunWatchDeps): RunReader {
    const running = watches.get(key);
    if (running) return running.join();
    const watch = createRunWatch(open(), () => {
      if (watches.get(key) === watch) watches.delete(key);
    });
    watches.set(key, watch);
    return watch.join();
  }

  return {
    read(key, open) {
      let reader: RunReader | undefined;
      let left = false;
      const leave = (): IteratorReturnResult<undefined> => {
        left = true;
        reader?.leave();
        return { done: true, value: undefined };
      };
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        async next() {
          if (left) return leave();
          try {
            reader ??= join(key, open);
            const event = await reader.next();
            return event ? { done: false, value: event } : leave();
          } catch (error) {
            leave();
            throw error;
          }
        },
        return: async () => leave(),
      };
    },
    get running() {
      return watches.size;
    },
  };
}
