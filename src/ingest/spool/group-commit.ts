/** What waits to be committed; settled by whoever commits it. */
export interface Pending<T> {
  readonly item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * While one group is committed, items gather; then all of them are the next. Alone, an item is committed at once. The
 * order of calls is the order of items. Each caller holds its item until it is settled: the number of callers is the bound.
 */
export function createGroupCommit<T>(commit: (group: Pending<T>[]) => Promise<void>): (item: T) => Promise<void> {
  let gathered: Pending<T>[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (gathered.length > 0) {
      const group = gathered;
      gathered = [];
      await commit(group).catch((error) => {
        for (const { reject } of group) reject(error);
      });
    }
    isRunning = false;
  }

  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    gathered.push({ item, resolve, reject });
    if (!isRunning) void run();
    return promise;
  };
}
