import { Command } from 'commander';
import { pino } from 'pino';
import { type Config, loadConfig } from '../config.ts';
import { connect, disconnect } from '../db/connection/client.ts';
import { startEmbedded } from '../db/embedded/embedded-postgres.ts';
import { hasGaps } from '../db/rollups/rollup-gaps.ts';
import { keepRollups } from '../db/rollups/rollup-keeper.ts';
import { migrate, shownUrl } from '../db/schema/migrate.ts';
import { lockFolder } from '../folder-lock.ts';
import { now, type Timestamp } from '../log/time.ts';
import { createLogger } from '../logger.ts';
import { createSealer } from '../maintenance/sealer.ts';
import { secretsOf } from '../secrets.ts';
import type { SeedPlan } from '../seed/records.ts';
import { storeSeed } from '../seed/store.ts';
import { RARE_RECORDS, WORDS } from '../seed/words.ts';
import { Unreachable } from './client/api.ts';
import { namingDataDir } from './data-dir-problem.ts';
import { asCount, asTimestamp, examples, type UrlOption, withUrl } from './options.ts';
import { isServerAt, sendSeed } from './seed-to-server.ts';
import { print, say } from './terminal/output.ts';
import { createProgress, ratePerSecond } from './terminal/progress.ts';
import { number } from './terminal/quantity.ts';

const ROWS_MAX = 1_000_000_000;
const DAYS_MAX = 3650;
const SEED_MAX = 2 ** 31 - 1;
/** One for partitions, one for merging rollups. */
const CONNECTIONS = 2;
const STATEMENT_MS = 600_000;

interface SeedOptions extends UrlOption {
  rows: number;
  days: number;
  seed: number;
  until?: Timestamp;
  seal?: true;
}

export const seedCommand = (stop: AbortSignal): Command =>
  withUrl(
    new Command('seed').description(
      'Store generated records for trials: on the server at --url if it responds. Without one, in the database at LOGS_DATABASE_URL, or in the embedded one under DATA_DIR.',
    ),
  )
    .requiredOption('--rows <n>', 'the number of records', asCount(1, ROWS_MAX))
    .option('--days <n>', 'the number of days that they cover', asCount(1, DAYS_MAX), 30)
    .option('--seed <n>', 'another seed gives other records', asCount(0, SEED_MAX), 1)
    .option('--until <time>', 'the end of the last day (default: now)', asTimestamp)
    .option('--seal', 'also seal partitions and merge rollups, which a server does over time')
    .addHelpText(
      'after',
      `
The records have several services, correlation chains across them, pipelines, bursts of errors, durations, users and a
daily rhythm. The same --rows, --days, --seed and --until give the same records: a second run adds none.

Words to search for:
  ${WORDS.rare.padEnd(10)} a rare word, in ${RARE_RECORDS} records over all days
  ${WORDS.substring.padEnd(10)} as rare, inside longer words
  ${WORDS.busyHour.padEnd(10)} only in the busiest hour of the middle day
  ${WORDS.common.padEnd(10)} in about every second record
${examples('weir seed --rows 1000000 --days 30 --seal', 'weir seed --rows 10000 --days 2 --seed 7 --until 2026-11-21')}`,
    )
    .action((options: SeedOptions, command: Command) =>
      seed(options, command.getOptionValueSource('url') ?? 'default', stop),
    );

/** @param urlFrom where the URL comes from: `cli`, `env` or `default` */
async function seed({ url, ...options }: SeedOptions, urlFrom: string, stop: AbortSignal): Promise<void> {
  const config = loadConfig(process.env);
  const { rows, days, seed } = options;
  const plan: SeedPlan = { rows, days, seed, until: options.until ?? now() };
  const server = urlFrom === 'default' && config.port !== 0 ? `http://127.0.0.1:${config.port}` : url;
  const isRunning = await isServerAt(server, stop);
  if (!isRunning && urlFrom === 'cli') throw new Unreachable(`expected a Weir server at ${server}, got no response`);
  const progress = createProgress(process.stderr, rows);
  const startedAt = performance.now();
  const onStored = (records: number): void => progress.update(records, records);
  if (isRunning) {
    say(`writing to the server at ${server}`);
    if (options.seal) say('--seal is left out: a running server seals its partitions over time');
  }
  const storing = isRunning
    ? sendSeed(plan, server, { ...config.arrival, redactor: null }, stop, onStored)
    : seedDatabase(plan, config, options.seal ?? false, stop, onStored);
  const stored = await storing.finally(progress.end);
  const elapsedMs = performance.now() - startedAt;
  await print(
    `${number(stored)} records stored, ${days} days until ${plan.until}, seed ${seed} ` +
      `(${(elapsedMs / 1000).toFixed(1)} s, ${number(ratePerSecond(stored, elapsedMs))}/s)`,
  );
}

async function seedDatabase(
  plan: SeedPlan,
  config: Config,
  seal: boolean,
  stop: AbortSignal,
  onStored: (records: number) => void,
): Promise<number> {
  await using opening = new AsyncDisposableStack();
  const { logsDatabaseUrl, dataDir } = config;
  say(
    `writing to ${logsDatabaseUrl === null ? `the embedded database under ${dataDir}` : `the database at ${shownUrl(logsDatabaseUrl)}`}`,
  );
  const databaseUrl = logsDatabaseUrl ?? (await openEmbedded(config, opening));
  await migrate(databaseUrl);
  const sql = opening.adopt(connect(databaseUrl, { max: CONNECTIONS, statementTimeoutMs: STATEMENT_MS }), disconnect);
  const log = createLogger(
    config.logLevel === 'info' ? 'warn' : config.logLevel,
    secretsOf([config.logsDatabaseUrl]),
    pino.destination({ dest: 2, sync: true }),
  );
  const stored = await storeSeed(plan, { databaseUrl, sql, config, log, stop, onStored });
  if (!seal || stop.aborted) return stored;
  say('sealing the partitions of past days ...');
  do await keepRollups(sql, stop);
  while (!stop.aborted && (await hasGaps(sql)));
  await createSealer({ databaseUrl, sql, isBusy: () => false, log, graceMs: 0, quietMs: 0 }).sealDue(stop);
  return stored;
}

/** The URL of the embedded database, which stops when `opening` is disposed. @throws CannotStart a server uses its folder */
async function openEmbedded({ dataDir }: Config, opening: AsyncDisposableStack): Promise<string> {
  try {
    opening.use(await lockFolder(dataDir));
    return opening.use(await startEmbedded(dataDir)).url;
  } catch (error) {
    throw namingDataDir(error, dataDir);
  }
}
