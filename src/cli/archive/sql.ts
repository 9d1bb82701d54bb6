import { resolve } from 'node:path';
import { duckDbProblem } from '../../db/archive/archive.ts';
import { BadUserInput } from '../../errors.ts';
import type { Formulas } from '../../log/export/csv.ts';
import { paintFor } from '../terminal/colours.ts';
import { say } from '../terminal/output.ts';
import { count } from '../terminal/quantity.ts';
import { readerGone } from '../terminal/reader-gone.ts';
import { isReaderGone, stdout } from '../terminal/sink.ts';
import type { ReadOnlyDuckDb } from './read-only-duckdb.ts';
import type { Columns, Row, RowText } from './row-text.ts';

export interface SqlOptions {
  dir?: string;
  json?: true;
  csv?: true;
  formulas: Formulas;
}

export async function archiveSql(text: string, options: SqlOptions, stop: AbortSignal): Promise<void> {
  const problem = duckDbProblem();
  if (problem !== null) throw new BadUserInput(problem);
  if (!options.dir) throw new BadUserInput("expected --dir or ARCHIVE_DIR, the archive's folder, got neither");
  const { newestFiles } = await import('./newest-files.ts');
  const files = await newestFiles(resolve(options.dir));
  if (files.logs.length === 0) say(`-- there are no files of an archive in ${options.dir} --`);
  const { openReadOnlyDuckDb, asUserError } = await import('./read-only-duckdb.ts');
  await using duckDb = await openReadOnlyDuckDb(files);
  const gone = await readerGone();
  const end = AbortSignal.any([stop, gone]);
  end.addEventListener('abort', () => duckDb.interrupt());
  try {
    end.throwIfAborted();
    const rows = await show(duckDb, text, options);
    if (!options.json && !options.csv) say(`-- ${count(rows, 'row')} --`);
  } catch (error) {
    if (gone.aborted) return;
    stop.throwIfAborted();
    throw isReaderGone(error) ? error : asUserError(error);
  }
}

/** Resolves to the number of rows. They are read as the reader takes them. */
async function show(duckDb: ReadOnlyDuckDb, sql: string, options: SqlOptions): Promise<number> {
  const result = await duckDb.select(sql);
  const text = await textFor({ names: result.columnNames(), types: result.columnTypes() }, options);
  let first: Row[] | null = [];
  let shown = 0;
  for await (const rows of chunksOf(result)) {
    shown += rows.length;
    if (first === null) await stdout.write(text.next(rows));
    else if (first.push(...rows) >= text.firstRows) {
      await stdout.write(text.first(first));
      first = null;
    }
  }
  if (first) await stdout.write(text.first(first));
  return shown;
}

async function* chunksOf(result: Awaited<ReturnType<ReadOnlyDuckDb['select']>>): AsyncGenerator<Row[]> {
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    yield chunk.getRows() as Row[];
  }
}

async function textFor(columns: Columns, { json, csv, formulas }: SqlOptions): Promise<RowText> {
  const { csvText, jsonText, tableText } = await import('./row-text.ts');
  if (json) return jsonText(columns);
  return csv ? csvText(columns, formulas, process.stdout.isTTY) : tableText(columns, paintFor(process.stdout));
}
