/** An item that waits to be committed. The commit settles it. */
export interface Pending<T> {
  readonly item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Commits items in groups: while one group is committed, the next one gathers. A lone item is committed at once. Items keep
 * the order of calls. There is no bound here: each caller waits for its item, so the number of callers bounds the group.
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
