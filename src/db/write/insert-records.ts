import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { compareRecords, type NewRecord } from '../../log/record.ts';
import { blame } from '../connection/sqlstate.ts';
import { rollupStatement } from '../rollups/rollup-deltas.ts';
import { COPY_COLUMNS, copyData } from './copy.ts';

/** An advisory lock held from drawing `seq` to the end of the commit: so `seq` is commit order. */
const COMMIT_LOCK = `hashtext('weir'), hashtext('commit')`;

/** Set once on a writer's connection. Asynchronous commit would hand out a `seq` again after a crash, for other rows. */
export const WRITER_SESSION = `
  set synchronous_commit = on;
  set idle_in_transaction_session_timeout = '10s';
  set tcp_keepalives_idle = 10;
  create temporary table staging (like system_logs including defaults) on commit delete rows;`;

/** Encoded while Postgres takes what came before. */
const COPY_BYTES_AHEAD = 1024 * 1024;

/** A record that Postgres refused, by the line that the error of a COPY names. */
export class RecordRefused extends Error {
  readonly record: NewRecord;
  constructor(record: NewRecord, cause: unknown) {
    super((cause as Error).message, { cause });
    this.record = record;
  }
}

/** Ids that were drawn with the commit of the batch before: one message less for the next. */
const reservedIds = new WeakMap<Client, number>();

/** The id that the next batch's rows will bear. */
export async function drawBatchId(client: Client): Promise<number> {
  const reserved = reservedIds.get(client);
  reservedIds.delete(client);
  if (reserved !== undefined) return reserved;
  const { rows } = await client.query<{ id: string }>(`select nextval('ingest_batches_id_seq') as id`);
  return Number(rows[0]!.id);
}

export async function begin(client: Client): Promise<void> {
  await client.query('begin');
}

/** The batch with this key, if it was committed; by its unique key. */
export async function findStored(client: Client, key: string): Promise<{ seq: number; batchId: number } | undefined> {
  const { rows } = await client.query<{ seq: string; id: string }>(
    'select seq, id from ingest_batches where key = $1',
    [key],
  );
  return rows[0] && { seq: Number(rows[0].seq), batchId: Number(rows[0].id) };
}

/** Rows whose uid this server made: none can be there already. */
export const copyFresh = (client: Client, records: readonly NewRecord[], batchId: number): Promise<void> =>
  copyInto(client, 'system_logs', records, batchId);

/** `begin` and `copyFresh` in one message. */
export const beginWithFresh = (client: Client, records: readonly NewRecord[], batchId: number): Promise<void> =>
  copyInto(client, 'system_logs', records, batchId, 'begin; ');

/**
 * Rows whose uid came from outside. Those that are there already stay as they are.
 * @returns the keys (`timestamp uid`) of the rows that were new
 */
export async function copyGiven(client: Client, records: readonly NewRecord[], batchId: number): Promise<Set<string>> {
  await copyInto(client, 'staging', records, batchId);
  const { rows } = await client.query<{ uid: string; micros: string }>(`
    insert into system_logs select * from staging on conflict (ts, uid) do nothing
    returning uid, (extract(epoch from ts) * 1000000)::bigint as micros`);
  return new Set(rows.map(({ uid, micros }) => `${micros} ${uid}`));
}

/**
 * Counts the records, takes the commit lock, draws `seq`, writes the batch's row and commits: one message, so that no client
 * holds the lock. A batch's key is its own from birth and unique in `ingest_batches`: stored again, it is stored once.
 * `records` are those that were new.
 * @returns the batch's `seq`
 */
export async function commitBatch(
  client: Client,
  batchId: number,
  key: string,
  records: readonly NewRecord[],
): Promise<number> {
  const [from, to] = timesOf(records);
  const results = await many(
    client,
    `${rollupStatement(records)}
     select pg_advisory_xact_lock(${COMMIT_LOCK});
     insert into ingest_batches (id, key, seq, from_ts, to_ts, rows, rolled_up)
     values (${batchId}, '${key}', nextval('ingest_batches_seq_seq'), ${literal(from)}, ${literal(to)}, ${records.length}, true)
     returning seq;
     commit;
     select nextval('ingest_batches_id_seq') as id`,
  );
  reservedIds.set(client, Number(results.at(-1)!.rows[0]!.id));
  return Number(results.at(-3)!.rows[0]!.seq);
}

async function copyInto(
  client: Client,
  table: string,
  records: readonly NewRecord[],
  batchId: number,
  first = '',
): Promise<void> {
  if (records.length === 0) return;
  const text = `${first}copy ${table} (${COPY_COLUMNS}) from stdin`;
  const copy = client.query(copyFrom(text, { highWaterMark: COPY_BYTES_AHEAD }));
  try {
    await Promise.all([once(copy, 'finish'), writeAll(copy, copyData(records, batchId))]);
  } catch (error) {
    const record = blame(error) === 'record' ? records[copyLineOf(error) - 1] : undefined;
    throw record ? new RecordRefused(record, error) : error;
  }
}

/** `pipeline` would do, and costs a lone record a tenth of a millisecond. */
async function writeAll(copy: Writable, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) if (!copy.write(chunk)) await once(copy, 'drain');
  copy.end();
}

/** `COPY system_logs, line 3, column message: "..."`; 0 where it names no line. */
const copyLineOf = (error: unknown): number =>
  Number(/^COPY \w+, line (\d+)/.exec((error as { where?: string }).where ?? '')?.[1] ?? 0);

function timesOf(records: readonly NewRecord[]): [string | null, string | null] {
  let from: string | null = null;
  let to: string | null = null;
  for (const { timestamp } of records) {
    if (from === null || timestamp < from) from = timestamp;
    if (to === null || timestamp > to) to = timestamp;
  }
  return [from, to];
}

/** Timestamps in their canonical text hold no quote. */
const literal = (timestamp: string | null): string => (timestamp === null ? 'null' : `'${timestamp}'`);

/** Several statements in one message; one result each. */
const many = async (client: Client, text: string): Promise<{ rows: Record<string, string>[] }[]> =>
  (await client.query(text)) as unknown as { rows: Record<string, string>[] }[];

/** The order in which a tail delivers a batch. */
export const inOrder = (records: readonly NewRecord[]): NewRecord[] => records.toSorted(compareRecords);
