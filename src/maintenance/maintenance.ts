import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { cleanup } from '../db/cleanup/cleanup.ts';
import { takeUpDetached } from '../db/cleanup/interrupted-removal.ts';
import type { Sql } from '../db/connection/client.ts';
import { forgetOld } from '../db/read/batches.ts';
import { keepRollups } from '../db/rollups/rollup-keeper.ts';
import type { Batcher } from '../ingest/write/batcher.ts';
import { now, shift } from '../log/time.ts';
import { repeat, type Task } from './repeat.ts';
import { createSealer } from './sealer.ts';

const MINUTE_MS = 60_000;
const CLEANUP_LIMIT_MS = 5 * MINUTE_MS;
/** Ingest is busy while a record waits for so long to be stored: that senders feel. */
export const BUSY_AGE_MS = 60;

interface MaintenanceDeps {
  databaseUrl: string;
  sql: Sql;
  batcher: Pick<Batcher, 'depth'>;
  config: Config;
  log: Logger;
}

/** What a server does by itself; each task at its own pace, beside the others. */
export function startMaintenance({ databaseUrl, sql, batcher, config, log }: MaintenanceDeps): AsyncDisposable {
  const sealer = createSealer({ databaseUrl, sql, isBusy: () => batcher.depth().oldestAgeMs > BUSY_AGE_MS, log });
  const { retentionMs, cursorRetentionMs } = config;
  const tasks: Task[] = [
    { name: 'repair', firstAfterMs: 0, everyMs: 60 * MINUTE_MS, run: repair },
    // Often: a wide question reads every delta that is not merged yet.
    { name: 'rollups', firstAfterMs: 2000, everyMs: 10_000, run: (signal) => keepRollups(sql, signal) },
    { name: 'sealing', firstAfterMs: 5000, everyMs: MINUTE_MS, run: sealer.turn },
    {
      name: 'forgetting',
      firstAfterMs: MINUTE_MS / 2,
      everyMs: 10 * MINUTE_MS,
      run: () => forgetOld(sql, cursorRetentionMs),
    },
  ];
  if (retentionMs !== null) {
    const run = () => removeOld(retentionMs);
    tasks.push({ name: 'retention', firstAfterMs: MINUTE_MS / 2, everyMs: 10 * MINUTE_MS, run });
  }

  async function repair(): Promise<void> {
    const partitions = await takeUpDetached(sql);
    if (partitions.length > 0) log.warn({ partitions }, 'an interrupted removal of partitions was taken up');
  }

  /** Records past `LOG_RETENTION`. */
  async function removeOld(ms: number): Promise<void> {
    const before = shift(now(), -ms);
    const request = { before, filter: null, dryRun: false, timeLimitMs: CLEANUP_LIMIT_MS };
    const { deleted, partitionsDropped } = await cleanup(sql, request);
    if (deleted > 0) log.info({ before, deleted, partitionsDropped }, 'records past LOG_RETENTION were removed');
  }

  const running = new AsyncDisposableStack();
  for (const task of tasks) running.use(repeat(task, log));
  return running;
}
