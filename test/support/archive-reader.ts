import { setTimeout as sleep } from 'node:timers/promises';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';

interface Key {
  ts: string;
  uid: string;
}

export const keyOf = ({ ts, uid }: Key): string => `${ts} ${uid}`;

/** The keys of all records of a snapshot, in both stores, sorted: a key that is there twice is twice in the list. */
export const readKeys = (sql: Sql, table: 'system_logs' | 'llm_logs' = 'system_logs'): Promise<string[]> =>
  inSnapshot(sql, async (tx) => {
    const live = await tx<Key[]>`select ts, uid from ${tx(table)}`;
    const duck = await archiveIn(tx, ALL_TIME);
    const archived = duck ? await duck<Key[]>`select ts, uid from ${duck.unsafe(table)}` : [];
    return [...live, ...archived].map(keyOf).sort();
  });

interface Records {
  /** Records that may be stored: a writer adds them before. */
  sent: ReadonlySet<string>;
  /** Records that are stored: a writer adds them after. */
  stored: ReadonlySet<string>;
}

/**
 * Reads all records again and again until it is disposed. Disposing fails with the first answer that had not each record once. Questions
 * may fail where a test stops something: those errors are counted.
 */
export function watchRecords(sql: Sql, records: Records, readers = 2) {
  const stop = new AbortController();
  const failures: Error[] = [];
  let reads = 0;
  let problem: string | undefined;

  async function read(): Promise<void> {
    const before = [...records.stored];
    const found = await readKeys(sql);
    problem ??= difference(before, found, records.sent);
    reads++;
  }
  async function go(): Promise<void> {
    while (!stop.signal.aborted && problem === undefined) {
      await read().catch((error: Error) => failures.push(error));
      await sleep(5);
    }
  }
  const running = Promise.all(Array.from({ length: readers }, go));
  return {
    failures,
    /** Resolves when each reader has begun to read after this call and has an answer. */
    async reread(): Promise<void> {
      for (const seen = reads; reads < seen + 2 * readers && problem === undefined; ) await sleep(5);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      if (problem !== undefined) throw new Error(problem);
    },
  };
}

function difference(
  stored: readonly string[],
  found: readonly string[],
  sent: ReadonlySet<string>,
): string | undefined {
  const set = new Set(found);
  const missing = stored.filter((key) => !set.has(key));
  const unknown = found.filter((key) => !sent.has(key));
  const twice = found.length - set.size;
  if (missing.length + unknown.length + twice === 0) return undefined;
  return `expected ${stored.length} records or more, each once, found ${found.length}: ${missing.length} missing, ${unknown.length} unknown, ${twice} twice`;
}
