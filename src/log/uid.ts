import { createHash, hash, randomFillSync } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The UUID as Postgres prints it: lower case, with hyphens. Undefined if the text is not a UUID. */
export const parseUid = (text: string): string | undefined => (UUID.test(text) ? text.toLowerCase() : undefined);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const pool = new Uint8Array(6 * 1024);
let poolAt = pool.length;
const DIGITS = Buffer.from('0123456789abcdef');
/** The next uid. A text that is joined of its parts stays a tree of strings, which costs more to make, to keep and to read. */
const uidText = Buffer.from('00000000-0000-0000-0000-000000000000');
const uidBytes = new Uint8Array(16);
let lastMs = 0;
let counter = 0;

/**
 * Generates a UUIDv7 (RFC 9562) that is greater than all that this process generated before: 48 bits of milliseconds, a counter
 * of 26 bits that starts at a random number each millisecond (method 1), and 48 random bits. So records with the same time
 * keep the order in which they arrived.
 */
export function newUid(): string {
  writeNewUid(uidBytes, 0);
  for (let i = 0, at = 0; i < 16; i++) {
    uidText[at++] = DIGITS[uidBytes[i]! >> 4]!;
    uidText[at++] = DIGITS[uidBytes[i]! & 15]!;
    if (i === 3 || i === 5 || i === 7 || i === 9) at++;
  }
  return uidText.toString('latin1');
}

/** Writes the 16 bytes of a `newUid` at `at`. */
export function writeNewUid(bytes: Uint8Array, at: number): void {
  if (poolAt === pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const random = poolAt;
  poolAt += 6;
  const ms = Date.now();
  if (ms > lastMs) {
    lastMs = ms;
    counter = ((pool[random]! << 16) | (pool[random + 1]! << 8) | pool[random + 2]!) & 0xffffff;
  } else if (++counter > 0x3ffffff) {
    lastMs++;
    counter = 0;
  }
  const high = counter >> 14;
  const low = counter & 0x3fff;
  bytes[at] = lastMs / 2 ** 40;
  bytes[at + 1] = lastMs / 2 ** 32;
  bytes[at + 2] = lastMs >>> 24;
  bytes[at + 3] = lastMs >>> 16;
  bytes[at + 4] = lastMs >>> 8;
  bytes[at + 5] = lastMs;
  bytes[at + 6] = 0x70 | (high >> 8);
  bytes[at + 7] = high;
  bytes[at + 8] = 0x80 | (low >> 8);
  bytes[at + 9] = low;
  for (let i = 0; i < 6; i++) bytes[at + 10 + i] = pool[random + i]!;
}

const ENTRY_ID = /^(\d+)-(\d+)$/;
const TIME_MAX = 2n ** 48n - 1n;
const SEQUENCE_MAX = 2n ** 18n - 1n;
const PLACE_MAX = 2n ** 16n - 1n;
const HASH_MASK = 2n ** 40n - 1n;
const LOW_MASK = 2n ** 62n - 1n;

const atMost = (value: bigint, max: bigint): bigint => (value < max ? value : max);

/**
 * The uids of the records in one entry of a Redis stream, by their place in the entry, from 0. They follow from the entry alone,
 * so an entry that is delivered twice is stored once, also after Redis was restored, failed over or renamed.
 *
 * A uid is a UUIDv7 with the milliseconds of the entry's id, 18 bits of its sequence and 16 bits of the place: uids keep the order
 * of entries. Then come 40 bits of a hash of id and content: entries of different Redis servers may have the same id.
 */
export function uidsOfEntry(id: string, content: string): (place: number) => string {
  const [, ms, sequence] = ENTRY_ID.exec(id) ?? [];
  if (ms === undefined || sequence === undefined) throw new Error(`expected the id of a stream entry, got ${id}`);
  const time = atMost(BigInt(ms), TIME_MAX).toString(16).padStart(12, '0');
  const order = atMost(BigInt(sequence), SEQUENCE_MAX) << 56n;
  const digest = BigInt(`0x${hash('sha256', `${id} ${content}`).slice(0, 10)}`);
  return (place) => {
    const at = BigInt(place);
    const tail = order | (atMost(at, PLACE_MAX) << 40n) | ((digest + at) & HASH_MASK);
    const high = (tail >> 62n).toString(16).padStart(3, '0');
    const low = ((1n << 63n) | (tail & LOW_MASK)).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${low.slice(0, 4)}-${low.slice(4)}`;
  };
}

/** The namespace of `uidOfSpan`. */
const SPANS = Buffer.from('8f1d6e9a0c5b4d2e9a377c41e2b05f63', 'hex');

/**
 * The uid of the record of a span, by the ids of trace and span in lower-case hex: a span that is exported twice is stored once.
 * It is a UUIDv5 (RFC 9562) of `TRACE_ID-SPAN_ID` in the namespace 8f1d6e9a-0c5b-4d2e-9a37-7c41e2b05f63, so that others can find the
 * record of a span too.
 */
export const uidOfSpan = (traceId: string, spanId: string): string => uuidV5(SPANS, `${traceId}-${spanId}`);

/** The namespace of `uidOfDocument`: d2b3c9f4-5a71-4e0b-8c66-1f9e0a7d3b58. */
const DOCUMENTS = Buffer.from('d2b3c9f45a714e0b8c661f9e0a7d3b58', 'hex');

/**
 * The uid of the record of a document of Elasticsearch whose sender gave it an id. An index has no slash in its name, so no two pairs
 * of index and id are one text.
 */
export const uidOfDocument = (index: string, id: string): string => uuidV5(DOCUMENTS, `${index}/${id}`);

/** The namespace of `uidOfJournalEntry`: 5c0e7d1b-93a6-4f28-b1d4-6e2f8a90c7e5. */
const JOURNAL_ENTRIES = Buffer.from('5c0e7d1b93a64f28b1d46e2f8a90c7e5', 'hex');

/** The uid of the record of an entry of systemd's journal, by its cursor: an entry that is uploaded again is stored once. */
export const uidOfJournalEntry = (cursor: string): string => uuidV5(JOURNAL_ENTRIES, cursor);

/** The namespace of `uidOfForwarded`: b7f4a2c8-1e63-4d95-a0f7-3c9d5e8b6142. */
const FORWARDED = Buffer.from('b7f4a2c81e634d95a0f73c9d5e8b6142', 'hex');

/** The uid of the record of an event in a chunk of Fluentd's forward protocol, by its place in the chunk, from 0. */
export const uidOfForwarded = (chunk: string, place: number): string => uuidV5(FORWARDED, `${place}/${chunk}`);

function uuidV5(namespace: Buffer, name: string): string {
  const hex = createHash('sha1').update(namespace).update(name).digest('hex');
  const variant = HEX[0x80 | (Number.parseInt(hex.slice(16, 18), 16) & 0x3f)]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}
