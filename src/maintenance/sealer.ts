import type { Logger } from 'pino';
import type { Sql } from '../db/connection/client.ts';
import { sqlState } from '../db/connection/sqlstate.ts';
import { readSealable, type Sealable, sealPartition } from '../db/partitions/seal.ts';
import { openSealSession, type SealSession } from '../db/partitions/seal-session.ts';

/** A partition is sealed so long after its time, where records still come that late. */
const GRACE_MS = 3_600_000;
/** It is quiet when no more than `QUIET_ROWS` records were stored in it for so long: an import keeps its partitions open. */
const QUIET_MS = 10 * 60_000;
const QUIET_ROWS = 1000;
/** While ingest is busy sealing waits, but no longer than this: searches of what is not sealed are slow. */
const YIELD_MS_MAX = 30 * 60_000;

export interface SealerDeps {
  databaseUrl: string;
  sql: Sql;
  /** Whether senders would feel it. */
  isBusy(): boolean;
  log: Logger;
  graceMs?: number;
  quietMs?: number;
}

/** Seals, a turn at a time, the partitions whose time is over and which are quiet. */
interface Sealer {
  /** Seals until all is sealed, ingest is busy, or `signal` says so, which ends even a build under way. One turn at a time. */
  turn(signal: AbortSignal): Promise<void>;
}

export function createSealer({
  databaseUrl,
  sql,
  isBusy,
  log,
  graceMs = GRACE_MS,
  quietMs = QUIET_MS,
}: SealerDeps): Sealer {
  const isQuiet = createQuietWatch(quietMs);
  let yieldingSince: number | null = null;

  function mayGoOn(): boolean {
    if (!isBusy()) yieldingSince = null;
    else yieldingSince ??= Date.now();
    return yieldingSince === null || Date.now() - yieldingSince > YIELD_MS_MAX;
  }

  const readDue = async (): Promise<Sealable[]> =>
    (await readSealable(sql, graceMs)).filter((partition) => isQuiet(partition) || partition.begun);

  /** False where it stopped half-way. A partition that fails, or was dropped meanwhile, does not keep the others waiting. */
  async function seal(session: SealSession, partition: Sealable, signal: AbortSignal): Promise<boolean> {
    const startedAt = performance.now();
    try {
      if (!(await sealPartition(session, partition, () => !signal.aborted && mayGoOn()))) return false;
      const ms = Math.round(performance.now() - startedAt);
      log.info({ partition: partition.name, ms }, 'a partition was sealed');
    } catch (err) {
      if (signal.aborted) return false;
      if (sqlState(err) === undefined) throw err;
      log.warn({ err, partition: partition.name }, 'a partition could not be sealed: it is tried again later');
    }
    return true;
  }

  return {
    async turn(signal) {
      if ((await readDue()).length === 0 || !mayGoOn()) return;
      await using session = await openSealSession(databaseUrl);
      if (!session) return;
      const stop = (): void => void session[Symbol.asyncDispose]();
      signal.addEventListener('abort', stop, { once: true });
      // Read again: until the lock was granted, another server may have been at it.
      for (const partition of await readDue()) if (!(await seal(session, partition, signal))) break;
      signal.removeEventListener('abort', stop);
    },
  };
}

/** Remembers how much each partition had when it was last seen to grow. */
export function createQuietWatch(quietMs: number, now: () => number = Date.now) {
  const seen = new Map<string, { inserted: number; at: number }>();
  return ({ name, inserted }: Pick<Sealable, 'name' | 'inserted'>): boolean => {
    const last = seen.get(name);
    if (!last || Math.abs(inserted - last.inserted) > QUIET_ROWS) {
      seen.set(name, { inserted, at: now() });
      return quietMs === 0;
    }
    return now() - last.at >= quietMs;
  };
}
