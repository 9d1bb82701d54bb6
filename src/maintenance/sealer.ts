import type { Logger } from 'pino';
import { compactBlocks } from '../db/blocks/compact-blocks.ts';
import type { Sql } from '../db/connection/client.ts';
import { sqlState } from '../db/connection/sqlstate.ts';
import { readSealable, type Sealable, sealPartition } from '../db/partitions/seal.ts';
import { openSealSession, type SealSession } from '../db/partitions/seal-session.ts';
import { PARTITIONED_TABLES, SYSTEM_LOGS } from '../db/schema/partitioned-table.ts';
import { createQuietWatch } from './quiet-watch.ts';

/** A partition is sealed this long after its end: late records still arrive in it until then. */
export const SEAL_GRACE_MS = 3_600_000;
/** It must also be quiet for this long (quiet-watch.ts). */
const QUIET_MS = 10 * 60_000;
/** Sealing pauses while ingest is busy, but at most this long: questions about open partitions are slower. */
const PAUSE_MS_MAX = 30 * 60_000;

export interface SealerDeps {
  databaseUrl: string;
  sql: Sql;
  /** Whether ingest is so busy that sealing would delay senders. */
  isBusy(): boolean;
  log: Logger;
  graceMs?: number;
  quietMs?: number;
}

/** Seals partitions that have ended and are quiet. */
interface Sealer {
  /**
   * Seals partitions, newest first, until all are sealed, ingest is busy or another server seals. `signal` also stops a
   * running index build. Never call it twice at once.
   */
  sealDue(signal: AbortSignal): Promise<void>;
}

export function createSealer({
  databaseUrl,
  sql,
  isBusy,
  log,
  graceMs = SEAL_GRACE_MS,
  quietMs = QUIET_MS,
}: SealerDeps): Sealer {
  const isQuiet = createQuietWatch(quietMs);
  let pausedSince: number | null = null;

  function maySeal(): boolean {
    if (!isBusy()) pausedSince = null;
    else pausedSince ??= Date.now();
    return pausedSince === null || Date.now() - pausedSince > PAUSE_MS_MAX;
  }

  async function readDue(): Promise<Sealable[]> {
    const partitions = await Promise.all(PARTITIONED_TABLES.map((table) => readSealable(sql, table, graceMs)));
    return partitions.flat().filter((partition) => isQuiet(partition) || partition.wasInterrupted);
  }

  /** A partition whose blocks stay small is sealed all the same: its searches are slower. */
  async function compact(partition: Sealable, mayContinue: () => boolean): Promise<void> {
    try {
      await compactBlocks(sql, partition, mayContinue);
    } catch (err) {
      log.warn({ err, partition: partition.name }, 'the small blocks of a partition could not be made large');
    }
  }

  /** False when sealing must stop. A partition that fails, or was dropped meanwhile, does not stop the others. */
  async function seal(session: SealSession, partition: Sealable, signal: AbortSignal): Promise<boolean> {
    const startedAt = performance.now();
    const mayContinue = (): boolean => !signal.aborted && maySeal();
    try {
      if (partition.table === SYSTEM_LOGS) await compact(partition, mayContinue);
      if (!(await sealPartition(session, partition, mayContinue))) return false;
      const ms = Math.round(performance.now() - startedAt);
      log.info({ partition: partition.name, ms }, 'a partition was sealed');
    } catch (err) {
      if (signal.aborted) return false;
      if (sqlState(err) === undefined) throw err;
      log.warn({ err, partition: partition.name }, 'a partition could not be sealed: sealing will be retried');
    }
    return true;
  }

  return {
    async sealDue(signal) {
      if ((await readDue()).length === 0 || !maySeal()) return;
      await using session = await openSealSession(databaseUrl);
      if (!session) return;
      const stop = (): void => void session[Symbol.asyncDispose]();
      signal.addEventListener('abort', stop, { once: true });
      // Read again: another server may have sealed some before this one got the lock.
      try {
        for (const partition of await readDue()) if (!(await seal(session, partition, signal))) break;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
