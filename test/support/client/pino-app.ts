/**
 * An application that logs through `weir-client/pino`: `pino-app.ts HOW COUNT`. It writes so many numbered lines, and ends as
 * `HOW` says. Its transport's options come as JSON in `OPTIONS`.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';

const [how, count] = [process.argv[2]!, Number(process.argv[3])];
const log = pino({
  transport: {
    target: join(import.meta.dirname, '../../../client/src/pino.ts'),
    options: JSON.parse(process.env.OPTIONS ?? '{}'),
  },
});

const ENDS: Record<string, () => unknown> = {
  'of its own accord': () => {},
  'process.exit': () => process.exit(0),
  'an uncaught exception': () => {
    throw new Error('a bug');
  },
  'a handled SIGTERM': () => {
    process.on('SIGTERM', () => process.exit(0));
    process.kill(process.pid, 'SIGTERM');
    return sleep(60_000);
  },
  flush: () => new Promise((resolve) => log.flush(resolve)).then(() => process.kill(process.pid, 'SIGKILL')),
};

for (let n = 0; n < count; n++) log.info({ n }, `line ${n}`);
await ENDS[how]!();
