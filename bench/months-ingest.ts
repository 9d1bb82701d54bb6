import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { connect, type Sql } from '../src/db/connection/client.ts';
import { indexNameOn } from '../src/db/schema/indexes.ts';
import { SYSTEM_LOGS } from '../src/db/schema/partitioned-table.ts';
import { BUSY_AGE_MS } from '../src/maintenance/maintenance.ts';
import { createSealer } from '../src/maintenance/sealer.ts';
import type { Client } from '../test/support/server.ts';
import { sendBodies } from './ingest.ts';
import { perSecond, quantile, report, reportWatched } from './measure.ts';
import type { MonthsDatabase } from './months-database.ts';
import type { Setting } from './setting.ts';
import type { Watched } from './watch.ts';

const ROUNDS = 3;
const LOOK_EVERY_MS = 50;
/** Enough partitions to keep sealing busy for longer than one round of ingest. */
const UNSEALED = 6;

/**
 * Two comparisons: ingest with 30 days present against an empty database, and ingest during sealing against ingest without.
 * Sealing yields as a server's does, but starts again at once. The cases alternate, so that all run under the same load.
 */
export async function benchIngestBeside(
  months: MonthsDatabase,
  setting: Pick<Setting, 'createDatabase'>,
): Promise<void> {
  await using copy = await months.copy();
  const [empty, full, sealing]: number[][] = [[], [], []];
  const watched: Watched[] = [];
  let sealed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const onEmpty = await rateOf(months, await setting.createDatabase());
    const onFull = await rateOf(months, copy.url);
    const whileSealing = await rateWhileSealing(months, copy.url);
    empty!.push(onEmpty.rate);
    full!.push(onFull.rate);
    sealing!.push(whileSealing.rate);
    sealed += whileSealing.seconds;
    watched.push(onEmpty.watched, onFull.watched, whileSealing.watched);
  }
  const [none, month, busy] = [quantile(empty!), quantile(full!), quantile(sealing!)];
  report('ingest with 30 days present', perSecond(month), `empty database ${perSecond(none)}`, month / none, '1');
  report(
    `ingest with sealing (${sealed.toFixed(1)} s of sealing)`,
    perSecond(busy),
    `without ${perSecond(month)}`,
    busy / month,
    '0.8 or more',
  );
  reportWatched('the server during ingest', {
    peakBytes: Math.max(...watched.map(({ peakBytes }) => peakBytes)),
    delayMs: Math.max(...watched.map(({ delayMs }) => delayMs)),
  });
}

interface Rate {
  rate: number;
  watched: Watched;
}

async function rateOf(months: MonthsDatabase, url: string): Promise<Rate> {
  await using server = await months.startServer(url);
  const rate = await server.watch(() => sendBodies(server.url));
  return { rate, watched: await server.watched() };
}

/** The rate, and for how many seconds of it sealing was at work. */
async function rateWhileSealing(months: MonthsDatabase, url: string): Promise<Rate & { seconds: number }> {
  await using server = await months.startServer(url);
  await using sealing = await startSealing(url, server);
  const rate = await server.watch(() => sendBodies(server.url));
  return { rate, seconds: sealing.seconds(), watched: await server.watched() };
}

/** Removes the sealed state of some partitions, and seals them again until it is disposed. */
async function startSealing(url: string, server: Client): Promise<AsyncDisposable & { seconds(): number }> {
  const sql = connect(url, { max: 2, statementTimeoutMs: 600_000 });
  await unseal(sql);
  const stop = new AbortController();
  let oldestAgeMs = 0;
  let builtMs = 0;
  let turnAt: number | null = null;
  const sealer = createSealer({
    databaseUrl: url,
    sql,
    isBusy: () => oldestAgeMs > BUSY_AGE_MS,
    log: pino({ level: 'silent' }),
    quietMs: 0,
  });
  const every = (run: () => Promise<void>): Promise<void> =>
    (async () => {
      for (; !stop.signal.aborted; await sleep(LOOK_EVERY_MS)) await run();
    })();
  const looking = every(async () => {
    const { data } = await server.query<{ health: { queue: { oldestAgeMs: number } } }>(
      '{ health { queue { oldestAgeMs } } }',
    );
    oldestAgeMs = data!.health.queue.oldestAgeMs;
  });
  const turning = every(async () => {
    turnAt = performance.now();
    await sealer.sealDue(stop.signal);
    builtMs += performance.now() - turnAt;
    turnAt = null;
  });
  return {
    seconds: () => (builtMs + (turnAt === null ? 0 : performance.now() - turnAt)) / 1000,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all([looking, turning]);
      await sql.end();
    },
  };
}

async function unseal(sql: Sql): Promise<void> {
  const partitions = await sql<{ name: string }[]>`
    update log_partitions set state = 'OPEN'
    where name in (select name from log_partitions where state = 'SEALED' order by from_ts desc limit ${UNSEALED}) returning name`;
  for (const { name } of partitions) {
    const names = SYSTEM_LOGS.indexes
      .filter(({ since }) => since === 'SEALED')
      .map((index) => indexNameOn(SYSTEM_LOGS, index, name));
    await sql.unsafe(`drop index if exists ${names.join(', ')}`);
  }
}
