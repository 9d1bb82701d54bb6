import { pino } from 'pino';
import { connect, type Sql } from '../src/db/client.ts';
import { indexNameOn, sealedIndexes } from '../src/db/indexes.ts';
import { readTrigramSchema } from '../src/db/seal.ts';
import { createSealer } from '../src/sealer.ts';
import { sendBodies } from './ingest.ts';
import { perSecond, quantile, report } from './measure.ts';
import type { MonthsDatabase } from './months-database.ts';
import type { Setting } from './setting.ts';

const ROUNDS = 3;
/** More than one round of ingest lasts. */
const UNSEALED = 6;

/**
 * Ingest with 30 days present, beside ingest into an empty database; and with sealing under way that never yields (a
 * server's does where senders would feel it), beside ingest without. In turns, so that all meet the same machine.
 */
export async function benchIngestBeside(
  months: MonthsDatabase,
  setting: Pick<Setting, 'createDatabase'>,
): Promise<void> {
  await using copy = await months.copy();
  const [empty, full, sealing]: number[][] = [[], [], []];
  let sealed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    empty!.push(await rateOf(months, await setting.createDatabase()));
    full!.push(await rateOf(months, copy.url));
    await using sealer = await startSealing(copy.url);
    sealing!.push(await rateOf(months, copy.url));
    sealed += sealer.sealed();
  }
  const [none, month, busy] = [quantile(empty!), quantile(full!), quantile(sealing!)];
  report('ingest with 30 days present', perSecond(month), `empty database ${perSecond(none)}`, month / none, '1');
  report(
    `ingest with sealing (${sealed} sealed meanwhile)`,
    perSecond(busy),
    `without ${perSecond(month)}`,
    busy / month,
    '0.8 or more',
  );
}

async function rateOf(months: MonthsDatabase, url: string): Promise<number> {
  await using server = await months.startServer(url);
  return await sendBodies(server.url);
}

/** Takes from some partitions what sealing gave them, and seals them again until disposed of. */
async function startSealing(url: string): Promise<AsyncDisposable & { sealed(): number }> {
  const sql = connect(url, { max: 2, statementTimeoutMs: 600_000 });
  await unseal(sql);
  const stop = new AbortController();
  let sealed = 0;
  const log = pino({ level: 'info', hooks: { logMethod: () => sealed++ } });
  const turn = createSealer({ databaseUrl: url, sql, isBusy: () => false, log, quietMs: 0 }).turn(stop.signal);
  return {
    sealed: () => sealed,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await turn;
      await sql.end();
    },
  };
}

async function unseal(sql: Sql): Promise<void> {
  const partitions = await sql<{ name: string }[]>`
    update log_partitions set state = 'OPEN'
    where name in (select name from log_partitions where state = 'SEALED' order by from_ts desc limit ${UNSEALED}) returning name`;
  const trigrams = await readTrigramSchema(sql);
  for (const { name } of partitions) {
    const names = sealedIndexes(trigrams)
      .filter(({ since }) => since === 'SEALED')
      .map((index) => indexNameOn(index, name));
    await sql.unsafe(`drop index if exists ${names.join(', ')}`);
  }
}
