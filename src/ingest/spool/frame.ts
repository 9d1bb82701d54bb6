import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { isJsonObject, tryJson } from '../../log/json.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { Timestamp } from '../../log/time.ts';
import { parseUid } from '../../log/uid.ts';
import type { Submission } from '../submission.ts';

/**
 * A frame is a batch on disk (sizes in bytes):
 *
 *     marker 4 | head length 4 | body length 4 | head's CRC-32 4 | body's CRC-32 4 | CRC-32 of these twenty bytes 4
 *     head: JSON, everything but the records      body: one line of JSON for each record
 *
 * Numbers are little-endian. The marker's first byte never occurs in UTF-8, so no sender can write a marker. That is why the
 * next frame can be found after any damage.
 */
const MARKER = Buffer.from([0xff, 0x57, 0x42, 0x0a]);
const CHECKED_BYTES = 20;
export const PREFIX_BYTES = CHECKED_BYTES + 4;
/** After this many records, encoding and decoding pause so that other requests can run. */
const RECORDS_AT_ONCE = 1000;

/** Submissions that are stored in one transaction. Their key makes sure that a repeated replay stores them once. */
export interface SpooledBatch {
  /** UUID, lower case. */
  key: string;
  submissions: Submission[];
  spooledAt: Timestamp;
}

/** A batch without its records. */
export interface BatchHead {
  key: string;
  spooledAt: Timestamp;
  submissions: { records: number; rejected: Rejection[]; idempotency: Submission['idempotency'] }[];
}

export interface Prefix {
  headBytes: number;
  bodyBytes: number;
  headCrc: number;
  bodyCrc: number;
}

/** The content of a segment from `start` to `end`. `torn`: the beginning of a frame that was not written to its end. */
export type Found = { start: number; end: number } & (
  | { kind: 'batch'; head: BatchHead; body: Buffer }
  | { kind: 'damage' }
  | { kind: 'torn' }
);

export async function encodeBatch({ key, spooledAt, submissions }: SpooledBatch): Promise<Buffer> {
  const head = Buffer.from(
    JSON.stringify({
      key,
      spooledAt,
      submissions: submissions.map(({ records, rejected, idempotency }) => ({
        records: records.length,
        rejected,
        idempotency: idempotency && { key: idempotency.key, bodyHash: idempotency.bodyHash.toString('hex') },
      })),
    }),
  );
  const body = await encodeRecords(submissions.flatMap(({ records }) => records));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MARKER.copy(prefix);
  prefix.writeUInt32LE(head.length, 4);
  prefix.writeUInt32LE(body.length, 8);
  prefix.writeUInt32LE(crc32(head), 12);
  prefix.writeUInt32LE(crc32(body), 16);
  prefix.writeUInt32LE(crc32(prefix.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return Buffer.concat([prefix, head, body]);
}

async function encodeRecords(records: NewRecord[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < records.length; at += RECORDS_AT_ONCE) {
    if (at > 0) await setImmediate();
    const some = records.slice(at, at + RECORDS_AT_ONCE);
    chunks.push(Buffer.from(some.map((record) => `${JSON.stringify(record)}\n`).join('')));
  }
  return Buffer.concat(chunks);
}

/** The frames in these bytes, and the damage between them, without a gap. */
export function* scanFrames(bytes: Buffer, from: number): Generator<Found> {
  for (let at = from; at < bytes.length; ) {
    const found = frameAt(bytes, at);
    yield found;
    at = found.end;
  }
}

export function frameAt(bytes: Buffer, start: number): Found {
  if (bytes.length - start < PREFIX_BYTES) return { kind: 'torn', start, end: bytes.length };
  const prefix = readPrefix(bytes, start);
  if (!prefix) return { kind: 'damage', start, end: nextFrame(bytes, start + 1) };
  const end = start + frameBytes(prefix);
  if (end > bytes.length) return { kind: 'torn', start, end: bytes.length };
  const bodyStart = end - prefix.bodyBytes;
  const head = bytes.subarray(start + PREFIX_BYTES, bodyStart);
  const body = bytes.subarray(bodyStart, end);
  const read = crc32(head) === prefix.headCrc && crc32(body) === prefix.bodyCrc ? readHead(head) : undefined;
  return read ? { kind: 'batch', start, end, head: read, body } : { kind: 'damage', start, end };
}

/** Undefined if no frame begins at `at`. */
export function readPrefix(bytes: Buffer, at: number): Prefix | undefined {
  if (bytes.length - at < PREFIX_BYTES) return undefined;
  const prefix = bytes.subarray(at, at + PREFIX_BYTES);
  if (!prefix.subarray(0, MARKER.length).equals(MARKER)) return undefined;
  if (crc32(prefix.subarray(0, CHECKED_BYTES)) !== prefix.readUInt32LE(CHECKED_BYTES)) return undefined;
  return {
    headBytes: prefix.readUInt32LE(4),
    bodyBytes: prefix.readUInt32LE(8),
    headCrc: prefix.readUInt32LE(12),
    bodyCrc: prefix.readUInt32LE(16),
  };
}

export const frameBytes = ({ headBytes, bodyBytes }: Prefix): number => PREFIX_BYTES + headBytes + bodyBytes;

function nextFrame(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MARKER, from); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    if (readPrefix(bytes, at)) return at;
  }
  return bytes.length;
}

/** The head of a frame, without a look at its records. Undefined if the bytes are damaged. */
export const headOf = (prefix: Prefix, bytes: Buffer): BatchHead | undefined =>
  crc32(bytes) === prefix.headCrc ? readHead(bytes) : undefined;

/** Undefined if the bytes, although their CRC is right, are not what `encodeBatch` writes. */
function readHead(bytes: Buffer): BatchHead | undefined {
  const read = tryJson(bytes.toString());
  if (!isJsonObject(read) || typeof read.key !== 'string' || !parseUid(read.key)) return undefined;
  if (typeof read.spooledAt !== 'string' || !Array.isArray(read.submissions)) return undefined;
  const { key, spooledAt, submissions } = read as unknown as BatchHead;
  return {
    key,
    spooledAt,
    submissions: submissions.map(({ records, rejected, idempotency }) => ({
      records,
      rejected,
      idempotency: idempotency && {
        key: idempotency.key,
        bodyHash: Buffer.from(idempotency.bodyHash as unknown as string, 'hex'),
      },
    })),
  };
}

/** Decodes a batch whose head and body passed their CRC checks. */
export async function decodeBatch({ key, spooledAt, submissions }: BatchHead, body: Buffer): Promise<SpooledBatch> {
  const records = await decodeRecords(body);
  let from = 0;
  return {
    key,
    spooledAt,
    submissions: submissions.map(({ records: count, rejected, idempotency }) => {
      const own = records.slice(from, from + count);
      from += count;
      return { records: own, rejected, idempotency };
    }),
  };
}

async function decodeRecords(body: Buffer): Promise<NewRecord[]> {
  const records: NewRecord[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\n', at);
    records.push(withCall(JSON.parse(body.toString('utf8', at, end))));
    at = end + 1;
    if (records.length % RECORDS_AT_ONCE === 0) await setImmediate();
  }
  return records;
}

/** A frame of an earlier version has no model calls. */
function withCall(record: NewRecord): NewRecord {
  record.llm ??= null;
  record.llmContent ??= null;
  return record;
}
