import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import type { TimeSpan } from '../../../log/time-span.ts';
import { filesOf, PART } from '../duckdb/file-statements.ts';
import { COLUMNS_OF } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable } from '../duckdb/protocol.ts';
import { timeLiteral } from '../duckdb/row-files.ts';
import { literal } from '../duckdb/views.ts';
import { expectArchived } from '../write/expect-archived.ts';
import type { Part } from './import-request.ts';

/** Where the rows of a table are that are imported. */
export const newFile = ({ work }: Part, table: ArchivedTable): string => join(work, `${table}.parquet`);

export const within = ({ from, to }: TimeSpan): string => `ts >= ${timeLiteral(from)} and ts < ${timeLiteral(to)}`;

/** Which records `writeNew` writes: those that are not stored. */
export const notKnown = (span: TimeSpan): string =>
  `${within(span)} and not exists (select 1 from known where known.ts = incoming.ts and known.uid = incoming.uid)`;

/** Which calls it writes: those whose records are imported. */
export const ofNew = (part: Part): string =>
  `${within(part.target.span)} and exists (
    select 1 from ${filesOf([newFile(part, 'system_logs')])} as new where new.ts = incoming.ts and new.uid = incoming.uid)`;

/** Makes the table `known` of the keys that are stored at this time, also of removed records that are still in files. */
export async function readKnown({ client, duckDb, target, archiveFolder, work, signal }: Part): Promise<void> {
  await duckDb.run('create or replace table known (ts timestamptz, uid uuid)');
  for (const { files } of target.overlapping) {
    for (const file of files) {
      if (file.kind !== 'logs' || file.to < target.span.from || file.from >= target.span.to) continue;
      const path = join(archiveFolder, file.path);
      await expectArchived(path, file, signal);
      await duckDb.run(`insert into known select ts, uid from ${filesOf([path])} where ${within(target.span)}`);
    }
  }
  if (target.live.length === 0) return;
  const csv = join(work, 'keys.csv');
  const { from, to } = target.span;
  const keys = client.query(
    copyTo(`copy (select ts, uid from system_logs where ts >= '${from}' and ts < '${to}') to stdout (format csv)`),
  );
  await pipeline(keys, createWriteStream(csv, { mode: 0o600 }), { signal });
  await duckDb.run(
    `insert into known select * from read_csv(${literal(csv)}, header = false, columns = {ts: 'TIMESTAMPTZ', uid: 'UUID'})`,
  );
}

/** Writes the rows of a table that are imported. Resolves to their number. */
export async function writeNew(part: Part, table: ArchivedTable, where: string): Promise<number> {
  const { duckDb } = part;
  const file = newFile(part, table);
  const columns = COLUMNS_OF[table].map(({ name }) => name).join(', ');
  const rows = `select ${columns} from incoming_${table} as incoming where ${where}`;
  const write = (select: string): Promise<void> =>
    duckDb.run(`copy (${select} order by ts, uid) to ${literal(file)} (${PART})`);
  await write(rows);
  const { all, keys } = await duckDb.row<{ all: number; keys: number }>(
    `select count(*) as "all", count(distinct (ts, uid)) as keys from ${filesOf([file])}`,
  );
  // Rare, and costs more memory.
  if (keys < all) await write(`${rows} qualify row_number() over (partition by ts, uid) = 1`);
  return keys;
}
