import { severityOfPostgres } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { quoteIsOpen, readCsvRow } from '../csv-row.ts';
import { attributesOf, type LogFormat, noLine, numberOrNull, orNull } from '../log-format.ts';
import { durationOfPostgres } from './postgres-duration.ts';
import { readPostgresTime } from './postgres-time.ts';

/** The columns by their names in `jsonlog`. PostgreSQL before 13 has no `backend_type`, before 14 none after it. */
const COLUMNS =
  'timestamp user dbname pid connection_from session_id line_num ps session_start vxid txid error_severity state_code message detail hint internal_query internal_position context statement cursor_position location application_name backend_type leader_pid query_id'.split(
    ' ',
  );
const COLUMNS_MIN = 22;
const NUMBERS = /^(?:pid|line_num|txid|internal_position|cursor_position|leader_pid)$/;
const BEGIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^\s,]{1,20},/;
const CONNECTION = /^(.{1,255}):(\d{1,5})$/;

/** PostgreSQL's `csvlog`. A quoted value may have several lines. */
export const postgresCsvFormat: LogFormat = {
  name: 'postgres-csv',
  first: /\d/,
  continues: noLine,
  parse,
  inFile: createReader,
};

function parse(line: string, clock: Clock): Draft | undefined {
  const row = BEGIN.test(line) ? readCsvRow(line) : undefined;
  if (!row || row.length < COLUMNS_MIN) return undefined;
  const values: Record<string, string | null> = {};
  COLUMNS.forEach((name, i) => {
    values[name] = orNull(row[i]);
  });
  const { timestamp: time, error_severity: severity, message, connection_from: from, ...others } = values;
  const timestamp = readPostgresTime(time ?? '', clock);
  const severityNumber = severityOfPostgres(severity ?? '');
  if (timestamp === undefined || severityNumber === undefined) return undefined;
  const [, host, port] = CONNECTION.exec(from ?? '') ?? [];
  const attributes: Record<string, unknown> = { remote_host: host ?? from, remote_port: numberOrNull(port) };
  for (const [name, value] of Object.entries(others)) {
    attributes[name] = NUMBERS.test(name) ? (numberOrNull(value ?? undefined) ?? value) : value;
  }
  return {
    timestamp,
    severityNumber,
    message: message ?? '',
    durationMs: durationOfPostgres(message ?? ''),
    attributes: attributesOf(attributes),
  };
}

function createReader(): LogFormat {
  /** The text of a row whose quote is open, and what ends it. */
  let open: { text: string; clock: Clock } | undefined;
  return {
    ...postgresCsvFormat,
    parse(line, clock) {
      open = BEGIN.test(line) && quoteIsOpen(line) ? { text: line, clock } : undefined;
      return open
        ? { timestamp: readPostgresTime(line.split(',', 1)[0]!, clock) ?? null, message: line }
        : parse(line, clock);
    },
    adds(line, draft) {
      if (!open) return false;
      open.text += `\n${line}`;
      draft.message = open.text;
      if (quoteIsOpen(line, true)) return true;
      Object.assign(draft, parse(open.text, open.clock));
      open = undefined;
      return true;
    },
  };
}
