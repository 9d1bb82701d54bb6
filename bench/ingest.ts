import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { connect } from '../src/db/connection/client.ts';
import { ensurePartitions, readPartitions } from '../src/db/partitions/partitions.ts';
import { COPY_COLUMNS } from '../src/db/row/row.ts';
import { SYSTEM_LOGS } from '../src/db/schema/partitioned-table.ts';
import { makeLines } from './data.ts';
import { alternating, ms, perSecond, quantile, report, timed } from './measure.ts';
import { type Setting, withClient } from './setting.ts';

const CONNECTIONS = 4;
const BODIES = 60;
const LINES = 5000;
const ROUNDS = 3;
const SINGLES = 2000;
const WARMING = 10_000;

/** Records a second through POST /ingest, compared with a raw COPY of the same rows into the same table. Both run in every round. */
export async function benchIngest(setting: Setting): Promise<void> {
  const weir: number[] = [];
  const raw: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const url = await setting.createDatabase();
    await using server = await setting.startServer(url);
    weir.push(await sendBodies(server.url));
    raw.push((BODIES * LINES) / (await copyAgain(setting, url)));
  }
  report(
    'POST /ingest, NDJSON, 4 connections',
    perSecond(quantile(weir)),
    `COPY ${perSecond(quantile(raw))}`,
    quantile(weir) / quantile(raw),
    '0.75 or more',
  );
}

/** Sends some bodies from a client in a process of its own, with an API key if there is one. Resolves to records a second. */
export async function sendBodies(url: string, key = ''): Promise<number> {
  const sender = fork(join(import.meta.dirname, 'sender.ts'), [url, CONNECTIONS, BODIES, LINES, key].map(String));
  await once(sender, 'message');
  sender.send('go');
  const [seconds] = (await once(sender, 'message')) as [number];
  return (BODIES * LINES) / seconds;
}

/** Seconds that one COPY of all rows takes, into an empty database with the same partitions. */
async function copyAgain(setting: Setting, from: string): Promise<number> {
  const chunks: Buffer[] = [];
  await withClient(from, async (client) => {
    const out = client.query(copyTo(`copy (select ${COPY_COLUMNS} from system_logs order by batch_id) to stdout`));
    for await (const chunk of out) chunks.push(chunk as Buffer);
  });
  const to = await setting.createDatabase();
  await copyPartitions(from, to);
  return withClient(to, async (client) => {
    const started = performance.now();
    await pipeline(Readable.from(chunks), client.query(copyFrom(`copy system_logs (${COPY_COLUMNS}) from stdin`)));
    return (performance.now() - started) / 1000;
  });
}

async function copyPartitions(from: string, to: string): Promise<void> {
  const source = connect(from, { max: 1, statementTimeoutMs: 0 });
  const target = connect(to, { max: 1, statementTimeoutMs: 0 });
  await ensurePartitions(
    target,
    SYSTEM_LOGS,
    (await readPartitions(source, SYSTEM_LOGS)).map((partition) => partition.from),
  );
  await Promise.all([source.end(), target.end()]);
}

/** The time from request to response for one record, with a client that costs little. Compared with a bare COPY of one row and its commit. */
export async function benchOneRecord(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url);
  const [line] = makeLines(1);
  const agent = new Agent({ keepAlive: true });
  const post = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      request(`${server.url}/ingest`, { method: 'POST', agent }, (response) => response.resume().once('end', resolve))
        .once('error', reject)
        .end(line);
    });
  await post();
  const [weir, raw] = await withClient(url, async (client) => {
    const copyOne = await bareCopy(client);
    await timed(WARMING, post);
    await timed(WARMING, copyOne);
    return alternating(SINGLES, post, copyOne);
  });
  agent.destroy();
  report(
    'one record, request to response, median',
    ms(quantile(weir)),
    `COPY + commit ${ms(quantile(raw))}`,
    quantile(weir) / quantile(raw),
    '3.5 or less',
  );
}

/** A one-row COPY, commit included, on the table of this database, which holds a record. */
async function bareCopy(client: Client): Promise<() => Promise<unknown>> {
  const { rows } = await client.query(`select ${COPY_COLUMNS} from system_logs limit 1`);
  const now = rows[0].ts.toISOString();
  const row = (): string => `1\t2\t${now}\t${randomUUID()}\t${now}\t9\thello\tbench${'\t\\N'.repeat(18)}\t{}\n`;
  return async () => {
    await client.query('begin');
    await pipeline(Readable.from([row()]), client.query(copyFrom(`copy system_logs (${COPY_COLUMNS}) from stdin`)));
    await client.query('commit');
  };
}
