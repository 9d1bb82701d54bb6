import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { forgetOld } from './db/batches.ts';
import { cleanup } from './db/cleanup.ts';
import type { Sql } from './db/client.ts';
import { now, shift } from './log/time.ts';

const EVERY_MS = 10 * 60_000;
const FIRST_AFTER_MS = 30_000;
const CLEANUP_LIMIT_MS = 5 * 60_000;

/** What a server does by itself, now and then: old cursors and idempotency keys are forgotten, `LOG_RETENTION` is kept. */
export function startMaintenance({ sql, config, log }: { sql: Sql; config: Config; log: Logger }): Disposable {
  let timer = setTimeout(run, FIRST_AFTER_MS).unref();

  async function run(): Promise<void> {
    try {
      await forgetOld(sql, config.cursorRetentionMs);
      if (config.retentionMs !== null) await removeOld(config.retentionMs);
    } catch (err) {
      log.warn({ err }, 'maintenance failed: it is tried again later');
    }
    timer = setTimeout(run, EVERY_MS).unref();
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

  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}
