import type { Core } from './core.ts';

/** Those of this thread that are open. One listener for all: Node warns of more than ten. */
const cores = new Set<Core>();

/** Once: where the server and the spool are both away, another flush would keep the process for ever. */
const flushAll = (): void => {
  process.off('beforeExit', flushAll);
  for (const core of cores) void core.flush();
};
const closeAll = (): void => {
  for (const core of cores) core.closeSync();
};

/**
 * Sends what waits before the process ends of its own accord. At `process.exit` and after an uncaught exception nothing can be
 * sent any more: what waits is written to the spool.
 */
export function closeAtExit(core: Core): Core {
  if (cores.size === 0) process.on('beforeExit', flushAll).on('exit', closeAll);
  cores.add(core);
  return {
    ...core,
    async close() {
      await core.close();
      cores.delete(core);
      if (cores.size === 0) process.off('beforeExit', flushAll).off('exit', closeAll);
    },
  };
}
