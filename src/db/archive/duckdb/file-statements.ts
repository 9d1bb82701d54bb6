import { join } from 'node:path';
import type { ArchiveFile } from '../../connection/archive-link.ts';
import { COLUMNS_OF, fromCsv } from './parquet-columns.ts';
import type { ArchivedTable, FileWork } from './protocol.ts';
import { literal, notRemoved } from './views.ts';

/** Rows that are compressed together. A search reads of such a group only the columns that it needs. */
const ROW_GROUP = 100_000;
/** A line of CSV: a record has up to 4 MiB, and each `"` is doubled. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Different values of a column in a group, up to which DuckDB writes them once, and a Bloom filter: so an id is looked for only in the
 * groups that have it. This is for ids of three rows or more. They take up to a third more than without.
 */
const DICTIONARY_MAX = 40_000;

export const FORMAT = `format parquet, row_group_size ${ROW_GROUP}, dictionary_size_limit ${DICTIONARY_MAX},
  string_dictionary_page_size_limit ${100 * DICTIONARY_MAX}`;

export function statementOf(folder: string, work: Exclude<FileWork, { does: 'hash' }>): string {
  switch (work.does) {
    case 'convert':
      return `copy (${csvRows(work.table, work.csv)}) to ${literal(work.to)} (${FORMAT}, compression snappy)`;
    case 'merge':
      return `copy (select * from ${filesOf(work.parts)} ${work.sort ? 'order by ts, uid' : ''})
        to ${literal(work.to)} (${FORMAT}, compression zstd)`;
    case 'reduce':
      return `copy (select * from ${rowsOf(folder, work.table, work.archived)}) to ${literal(work.to)} (${FORMAT}, compression snappy)`;
    case 'check':
      return `select count(*) as rows, ${CHECKSUM} as checksum, min(ts) as "from", max(ts) as "to"
        from ${rowsOf(folder, work.table, work.file)}`;
  }
}

const rowsOf = (folder: string, table: ArchivedTable, file: string | ArchiveFile): string =>
  typeof file === 'string'
    ? filesOf([file])
    : `${filesOf([join(folder, file.path)])} as ${table} ${notRemoved(table, file)}`;

export const filesOf = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`;

function csvRows(table: ArchivedTable, csv: string): string {
  const columns = COLUMNS_OF[table];
  const types = columns.map(({ name }) => `${name}: 'VARCHAR'`).join(', ');
  return `select ${columns.map(fromCsv).join(', ')} from read_csv(${literal(csv)}, columns = {${types}},
    auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
    parallel = false, max_line_size = ${LINE_BYTES_MAX}, buffer_size = ${2 * LINE_BYTES_MAX})`;
}

/** The same sum as `CHECKSUM` of `db/archive/write/checksum.ts`. */
const CHECKSUM = `coalesce(sum(('0x' || left(replace(uid::varchar, '-', ''), 15))::bigint::hugeint
  + ('0x' || right(replace(uid::varchar, '-', ''), 15))::bigint + epoch_us(ts)), 0)::varchar`;
