import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';

/** What `npm run test:quick` leaves out. `npm test` prints the slowest files: what is slow and not in here belongs here. */
const SLOW = [
  'chaos/**',
  'property/**',
  'integration/{embedded-death,embedded-role,late-database}.test.ts',
  'integration/{browser-pages,cleanup,disconnects,graphiql,hub,plans,redis-queue,rollups,seal,seed,serve,signals,stalled-socket}.test.ts',
  'integration/client/{documents,operation-signals}.test.ts',
  'integration/{tail,tail-command,upload,watching}.test.ts',
  'integration/client/{package,pino}.test.ts',
  'unit/ingest/{spool-kill,spool-sync}.test.ts',
].map((pattern) => `test/${pattern}`);

/** What runs in Chromium takes a core for itself: tests that wait beside it would starve. */
const IN_CHROMIUM = 'test/integration/page/**/*.test.ts';
const LEFT_OUT = [...configDefaults.exclude, ...(process.env.TEST_QUICK ? SLOW : [])];

export default defineConfig({
  // graphql as Node itself resolves it: Vite would take its ES modules, beside the libraries' copy a second graphql.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    reporters: ['default', ...(process.env.TEST_REPORT ? ['test/support/reporter.ts'] : [])],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // Only for what hangs: on a busy machine a test takes several times as long as on an idle one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // One after the other, by `groupOrder`.
    projects: [
      {
        extends: true,
        test: {
          name: 'weir',
          include: ['test/**/*.test.ts'],
          exclude: [...LEFT_OUT, IN_CHROMIUM],
          // More than most machines' cores allow for: many tests wait most of their time.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          include: [IN_CHROMIUM],
          exclude: LEFT_OUT,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
