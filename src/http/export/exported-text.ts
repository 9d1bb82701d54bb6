import { setImmediate as turn } from 'node:timers/promises';
import { type Column, needsCall, needsContent } from '../../log/export/columns.ts';
import { csvHeader, csvLine } from '../../log/export/csv.ts';
import { exportedRecord } from '../../log/export/exported-record.ts';
import type { ExportRequest } from './export-request.ts';
import type { ExportedPage } from './exported-pages.ts';

/** Text that is made and sent in one piece. The event loop has a turn after each. */
const CHUNK_CHARACTERS = 64 * 1024;

/** What an export needs of records beyond themselves. */
export const neededBy = ({ format, columns, content }: ExportRequest): { calls: boolean; contents: boolean } => {
  const inColumns = (test: (column: Column) => boolean): boolean => format === 'csv' && columns.some(test);
  return { calls: format === 'ndjson' || inColumns(needsCall), contents: content || inColumns(needsContent) };
};

/** Counts what was exported. */
export interface Standing {
  records: number;
  /** Of the last page. */
  characters: number;
}

/** The pages as lines of the format, in chunks. @returns whether more match than the limit */
export async function* exportedText(
  pages: AsyncIterable<ExportedPage>,
  { format, columns, formulas, header }: ExportRequest,
  standing: Standing,
): AsyncGenerator<string, boolean> {
  let isCut = false;
  let text = format === 'csv' && header ? csvHeader(columns, formulas) : '';
  for await (const page of pages) {
    standing.characters = 0;
    for (const [at, record] of page.records.entries()) {
      const exported = exportedRecord(record, page.contents[at]);
      const line = format === 'csv' ? csvLine(exported, columns, formulas) : `${JSON.stringify(exported)}\n`;
      text += line;
      standing.characters += line.length;
      standing.records++;
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = '';
      await turn();
    }
    isCut = page.isCut;
  }
  if (text !== '') yield text;
  return isCut;
}
