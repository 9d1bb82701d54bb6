import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { forgetOld } from './db/batches.ts';
import { cleanup } from './db/cleanup.ts';
import type { Sql } from './db/client.ts';
import { keepRollups } from './db/rollup-keeper.ts';
import { now, shift } from './log/time.ts';

const EVERY_MS = 10 * 60_000;
const FIRST_AFTER_MS = 30_000;
const CLEANUP_LIMIT_MS = 5 * 60_000;
/** A wide question reads every delta that is not merged yet. */
const ROLLUPS_EVERY_MS = 10_000;
const ROLLUPS_FIRST_AFTER_MS = 2000;

interface MaintenanceDeps {
  sql: Sql;
  config: Config;
  log: Logger;
}

/**
 * What a server does by itself, now and then: old cursors and idempotency keys are forgotten, `LOG_RETENTION` is kept,
 * rollups are merged.
 */
export function startMaintenance({ sql, config, log }: MaintenanceDeps): Disposable {
  const closing = new AbortController();

  const pause = (ms: number) => sleep(ms, true, { signal: closing.signal, ref: false }).catch(() => false);

  async function repeat(job: () => Promise<void>, firstAfterMs: number, everyMs: number): Promise<void> {
    for (let ms = firstAfterMs; await pause(ms); ms = everyMs) {
      try {
        await job();
      } catch (err) {
        if (!closing.signal.aborted) log.warn({ err }, 'maintenance failed: it is tried again later');
      }
    }
  }

  async function removeOld(retentionMs: number): Promise<void> {
    const before = shift(now(), -retentionMs);
    const { deleted, partitionsDropped } = await cleanup(sql, {
      before,
      filter: null,
      dryRun: false,
      timeLimitMs: CLEANUP_LIMIT_MS,
    });
    if (deleted > 0) log.info({ before, deleted, partitionsDropped }, 'records past LOG_RETENTION were removed');
  }

  async function forget(): Promise<void> {
    await forgetOld(sql, config.cursorRetentionMs);
    if (config.retentionMs !== null) await removeOld(config.retentionMs);
  }

  repeat(forget, FIRST_AFTER_MS, EVERY_MS);
  repeat(() => keepRollups(sql, closing.signal), ROLLUPS_FIRST_AFTER_MS, ROLLUPS_EVERY_MS);

  return {
    [Symbol.dispose]: () => closing.abort(),
  };
}
