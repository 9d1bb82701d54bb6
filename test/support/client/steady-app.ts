/**
 * An application that logs until SIGTERM, or SIGUSR2, after which it only waits: `steady-app.ts RUN LINES PADDING`, so many lines every 10 ms through
 * `weir-client/pino`. It prints the number of lines that it has handed over. Its transport's options come as JSON in `OPTIONS`.
 */
import { join } from 'node:path';
import { pino } from 'pino';

const [run, , padding] = process.argv.slice(2).map(Number) as [number, number, number];
let lines = Number(process.argv[3]);
const log = pino(
  pino.transport({
    target: join(import.meta.dirname, '../../../client/src/pino.ts'),
    options: JSON.parse(process.env.OPTIONS!),
  }),
);
process.on('SIGTERM', () => process.exit(0));

const filler = 'x'.repeat(padding);
let n = 0;
setInterval(() => {
  for (let more = lines; more > 0; more--) log.info({ n, filler }, `app ${run} line ${n++}`);
  process.stdout.write(`${n}\n`);
}, 10);
// The interval keeps the process.
process.on('SIGUSR2', () => {
  lines = 0;
});
