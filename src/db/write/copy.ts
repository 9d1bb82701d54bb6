import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import { COLUMNS } from '../schema/columns.ts';

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Records in one chunk of COPY data. Fewer would make the cost of each write show. */
const RECORDS_PER_CHUNK = 400;

/** `batch_id` and `level` come first: Weir sets them, not the sender. */
export const COPY_COLUMNS = ['batch_id', 'level', ...COLUMNS].join(', ');

const escapeText = (text: string): string =>
  SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPED[character]!) : text;

const field = (text: string | null): string => (text === null ? '\\N' : escapeText(text));

/**
 * One line of COPY, in the order of `COPY_COLUMNS`. A record contains no NUL and no lone surrogate (`storableText` removed
 * them), so every line is valid. Format: PostgreSQL manual, COPY, "Text Format".
 */
const copyLine = (r: NewRecord, batchId: number): string =>
  `${batchId}\t${levelIndex(r.severityNumber)}\t${r.timestamp}\t${r.uid}\t${r.receivedAt}\t${r.severityNumber}\t` +
  `${escapeText(r.message)}\t${escapeText(r.service)}\t${field(r.component)}\t${field(r.action)}\t${field(r.host)}\t` +
  `${field(r.environment)}\t${field(r.deploymentVersion)}\t${field(r.correlationId)}\t${field(r.traceId)}\t` +
  `${field(r.spanId)}\t${field(r.pipelineId)}\t${field(r.userId)}\t${r.durationMs ?? '\\N'}\t${field(r.errorType)}\t` +
  `${field(r.stackTrace)}\t${field(r.httpMethod)}\t${field(r.httpPath)}\t${r.httpStatus ?? '\\N'}\t` +
  `${field(r.httpUserAgent)}\t${field(r.httpClientIp)}\t${escapeText(JSON.stringify(r.attributes))}\n`;

/** The records as COPY data. Each chunk is encoded while Postgres reads the chunk before. */
export function* copyData(records: readonly NewRecord[], batchId: number): Generator<Buffer> {
  for (let at = 0; at < records.length; at += RECORDS_PER_CHUNK) {
    let text = '';
    for (const record of records.slice(at, at + RECORDS_PER_CHUNK)) text += copyLine(record, batchId);
    yield Buffer.from(text);
  }
}
