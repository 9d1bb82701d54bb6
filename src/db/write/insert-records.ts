import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { NewRecord } from '../../log/record.ts';
import { microsOf } from '../../log/time.ts';
import { COPY_COLUMNS } from '../row/row.ts';
import { copyData } from './copy.ts';
import { rejectedByCopy } from './rejected-record.ts';

/**
 * Set once on a writer's connection. `synchronous_commit` must be on: otherwise Postgres could use a `seq` again for other
 * rows after a crash. `staging` takes the rows of `insertWithGivenUids`.
 */
export const WRITER_SESSION = `
  set synchronous_commit = on;
  set idle_in_transaction_session_timeout = '10s';
  set tcp_keepalives_idle = 10;
  create temporary table staging (like system_logs including defaults) on commit delete rows;`;

/** Bytes of COPY data that are encoded ahead of what Postgres has taken. */
const COPY_BYTES_AHEAD = 1024 * 1024;

export async function begin(client: Client): Promise<void> {
  await client.query('begin');
}

/** Inserts records whose uid this server generated. None of them can be stored already. */
export const insertWithGeneratedUids = (
  client: Client,
  records: readonly NewRecord[],
  batchId: number,
): Promise<void> => copyInto(client, 'system_logs', records, batchId);

/** `begin` and `insertWithGeneratedUids` in one message. */
export const beginAndInsertWithGeneratedUids = (
  client: Client,
  records: readonly NewRecord[],
  batchId: number,
): Promise<void> => copyInto(client, 'system_logs', records, batchId, 'begin; ');

/** What tells records apart: `microseconds uid`. */
export const keyOf = ({ timestamp, uid }: Pick<NewRecord, 'timestamp' | 'uid'>): string =>
  `${microsOf(timestamp)} ${uid}`;

/**
 * Inserts records whose uid the sender gave. A record that is stored already stays as it is.
 * @returns `keyOf` each record that was new
 */
export async function insertWithGivenUids(
  client: Client,
  records: readonly NewRecord[],
  batchId: number,
): Promise<Set<string>> {
  await copyInto(client, 'staging', records, batchId);
  const { rows } = await client.query<{ uid: string; micros: string }>(`
    insert into system_logs select * from staging on conflict (ts, uid) do nothing
    returning uid, (extract(epoch from ts) * 1000000)::bigint as micros`);
  return new Set(rows.map(({ uid, micros }) => `${micros} ${uid}`));
}

/** @throws RecordRejected when Postgres names the record that it rejects */
async function copyInto(
  client: Client,
  table: string,
  records: readonly NewRecord[],
  batchId: number,
  first = '',
): Promise<void> {
  if (records.length === 0) return;
  const text = `${first}copy ${table} (${COPY_COLUMNS}) from stdin (format binary)`;
  const copy = client.query(copyFrom(text, { highWaterMark: COPY_BYTES_AHEAD }));
  try {
    await Promise.all([once(copy, 'finish'), writeAll(copy, copyData(records, batchId))]);
  } catch (error) {
    throw rejectedByCopy(error, records) ?? error;
  }
}

/** Does what `pipeline` does; `pipeline` costs a single record 0.1 ms more. */
async function writeAll(copy: Writable, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) if (!copy.write(chunk)) await once(copy, 'drain');
  copy.end();
}
