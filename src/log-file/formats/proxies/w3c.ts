import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { exchangeDraft, msOfSeconds } from '../exchange.ts';
import { attributesOf, groupsOf, type LogFormat, noLine, numberOrNull, orNull } from '../log-format.ts';

const COLUMNS_MAX = 100;
const HEAD = /^#(?:Fields|Version|Software|Date|Start-Date|End-Date|Remark|GMT-Offset): /;
const FIELDS = '#Fields: ';
const DATE = /^#(?:Start-)?Date: (\d{4}-\d\d-\d\d)/;
/** IIS without a head: its default columns. */
const IIS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'.split(
    ' ',
  );
const CLOUDFRONT =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'.split(
    ' ',
  );
/** Lines that have those columns. */
const IIS_LINE =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ [A-Z]{3,10} \/\S* \S+ \d{1,5} \S+ [\da-fA-F.:]{2,45} \S+ \S+ [1-5]\d\d \d+ \d+ \d+$/;
const CLOUDFRONT_LINE = /^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z\d-]+\t\d+\t/;
const DATE_AND_TIME =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?$/;
/** Columns whose values are in fields of the record. */
const IN_FIELDS =
  /^(?:date|time|cs-method|cs-uri|cs-uri-stem|cs-uri-query|cs-username|c-ip|cs\(User-Agent\)|sc-status|time-taken|x-edge-request-id)$/;
const BYTES: Readonly<Record<string, string>> = {
  'sc-bytes': 'responseBytes',
  'cs-bytes': 'requestBytes',
  'cs(Referer)': 'referrer',
  'cs-version': 'protocol',
  'cs-protocol-version': 'protocol',
};

/**
 * W3C extended logs, whose `#Fields` names the columns: IIS, and CloudFront with tabs. The times are UTC. Other columns are
 * attributes under their own names.
 */
export const w3cFormat: LogFormat = {
  name: 'w3c',
  first: /[\d#"]/,
  continues: noLine,
  parse(line, clock) {
    const columns = IIS_LINE.test(line) ? IIS : CLOUDFRONT_LINE.test(line) ? CLOUDFRONT : undefined;
    return columns && draftOf(line, columns, clock);
  },
  inFile() {
    let columns: readonly string[] | undefined;
    let date: string | undefined;
    return {
      ...w3cFormat,
      isHead(line) {
        if (!HEAD.test(line)) return false;
        if (line.startsWith(FIELDS)) columns = line.slice(FIELDS.length).trim().split(/\s+/, COLUMNS_MAX);
        date = DATE.exec(line)?.[1] ?? date;
        return true;
      },
      parse: (line, clock) => (columns ? draftOf(line, columns, clock, date) : w3cFormat.parse(line, clock)),
    };
  },
};

const splitLine = (line: string): string[] => line.trimEnd().split(line.includes('\t') ? '\t' : ' ', COLUMNS_MAX + 1);

/** @param date of the file, for rows that have only the time */
function draftOf(line: string, columns: readonly string[], clock: Clock, date = ''): Draft | undefined {
  const values = splitLine(line);
  if (values.length !== columns.length) return undefined;
  const row: Record<string, string | undefined> = {};
  columns.forEach((name, i) => {
    row[name] = values[i] === '-' || values[i] === '' ? undefined : values[i];
  });
  const reading = groupsOf(DATE_AND_TIME, `${row.date ?? date} ${row.time}`);
  const timestamp = reading && clock.read({ ...reading, offset: 'Z' });
  if (timestamp === undefined) return undefined;
  const query = row['cs-uri-query'];
  return {
    ...exchangeDraft({
      line,
      timestamp,
      request: `${row['cs-method'] ?? ''} ${row['cs-uri-stem'] ?? row['cs-uri'] ?? ''}${query ? `?${query}` : ''}`,
      status: row['sc-status'],
      client: row['c-ip'],
      userAgent: decoded(row['cs(User-Agent)']),
      durationMs: line.includes('\t') ? msOfSeconds(row['time-taken']) : numberOrNull(row['time-taken']),
      attributes: attributesOf(othersOf(row)),
    }),
    userId: orNull(row['cs-username']),
    correlationId: orNull(row['x-edge-request-id']),
  };
}

/** IIS writes `+` for a space, CloudFront `%20`. */
function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.includes('+') && !text.includes('%20')) return text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function othersOf(row: Record<string, string | undefined>): Record<string, unknown> {
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!IN_FIELDS.test(name)) others[BYTES[name] ?? name] = numberOrNull(value) ?? value;
  }
  return others;
}
