import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { newUid } from '../../src/log/uid.ts';
import { createExpected, type Expected } from './expected.ts';
import { type Amount, type Level, makeRows, type Row } from './rows.ts';

/** The rows as files: made before anything is measured, so that no client encodes while it is measured. */
export interface Files {
  rows: number;
  expected: Expected;
  /** One line a row, as a sender sends it. */
  ndjson: string;
  ndjsonBytes: number;
  /** The same with uids that the sender gave, of the first `uidRows`. */
  withUids: string;
  /** For COPY into the table of limit.ts. */
  copy: string;
}

export function writeFiles(folder: string, amount: Amount, uidRows: number): Files {
  const { add, expected } = createExpected(amount.rows);
  using ndjson = openWriter(join(folder, 'rows.ndjson'));
  using withUids = openWriter(join(folder, 'rows-with-uids.ndjson'));
  using copy = openWriter(join(folder, 'rows.copy'));
  let at = 0;
  for (const row of makeRows(amount)) {
    add(row);
    const line = lineOf(row);
    ndjson.write(line);
    if (at++ < uidRows) withUids.write(`{"uid":"${randomUUID()}",${line.slice(1)}`);
    copy.write(copyLineOf(row));
  }
  return {
    rows: amount.rows,
    expected,
    ndjson: ndjson.path,
    ndjsonBytes: ndjson.close(),
    withUids: withUids.path,
    copy: copy.path,
  };
}

const lineOf = (r: Row): string =>
  `{"timestamp":"${r.timestamp}","level":"${r.level}","component":"${r.component}","message":"${r.message}",` +
  `"correlation_id":"${r.correlationId}","user_id":"${r.userId}","duration_ms":${r.durationMs},` +
  `${r.errorType === null ? '' : `"error_type":"${r.errorType}",`}"attributes":${r.attributes}}\n`;

/** What Weir stores as `level` and as `severity_number`. */
const NUMBERS: Readonly<Record<Level, string>> = {
  debug: '1\t5',
  info: '2\t9',
  warn: '3\t13',
  error: '4\t17',
  critical: '5\t21',
};

/** In the order of `COPY_COLUMNS` in limit.ts. No value has a character that COPY escapes. */
const copyLineOf = (r: Row): string =>
  `${r.timestamp}\t${newUid()}\t${r.timestamp}\t1\t${NUMBERS[r.level]}\t${r.message}\tunknown_service\t${r.component}\t` +
  `${r.correlationId}\t${r.userId}\t${r.durationMs}\t${r.errorType ?? '\\N'}\t${r.attributes}\n`;

const CHUNK = 1 << 20;

interface Writer extends Disposable {
  path: string;
  write(text: string): void;
  /** Returns the size of the file. */
  close(): number;
}

function openWriter(path: string): Writer {
  let file: number | null = openSync(path, 'w');
  let text = '';
  let bytes = 0;
  const flush = (): void => {
    if (file !== null) bytes += writeSync(file, text);
    text = '';
  };
  const close = (): number => {
    flush();
    if (file !== null) closeSync(file);
    file = null;
    return bytes;
  };
  return {
    path,
    write(more) {
      text += more;
      if (text.length > CHUNK) flush();
    },
    close,
    [Symbol.dispose]: close,
  };
}
