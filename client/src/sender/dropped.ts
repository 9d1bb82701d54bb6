/**
 * `rejected`: the server can never store it. `buffer_full`: neither memory nor the spool had room. `not_sent`: at the end of the
 * process, the spool took no more.
 */
export type DropReason = 'rejected' | 'buffer_full' | 'not_sent';

/** Counts what is dropped, until a record tells it to the server. */
export interface Dropped {
  add(reason: DropReason, records: number): void;
  /** A line that tells the counts since the last one. Undefined if there are none. */
  take(): string | undefined;
}

export function createDropped(): Dropped {
  let counts: Partial<Record<DropReason, number>> = {};
  return {
    add(reason, records) {
      if (records > 0) counts[reason] = (counts[reason] ?? 0) + records;
    },
    take() {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      if (total === 0) return undefined;
      const line = JSON.stringify({
        level: 'warn',
        time: Date.now(),
        component: 'weir-client',
        message: `weir-client dropped ${total} log records`,
        dropped: { total, ...counts },
      });
      counts = {};
      return `${line}\n`;
    },
  };
}
