import { CursorInvalid } from '../errors.ts';
import { shownJson } from './shown.ts';
import { microsOf, type Timestamp, timestampFromMicros } from './time.ts';

/** The place of a record in time order. Pages are keyed by it, and `Log.id` holds it. */
export interface Position {
  timestamp: Timestamp;
  uid: string;
}

/** A place in commit order: after the batch `seq` if `after` is null, otherwise after that record of the batch. */
export interface TailPosition {
  seq: number;
  batchId: number;
  after: Position | null;
}

const KINDS = {
  log: 0x4c,
  page: 0x50,
  tail: 0x54,
  chain: 0x43,
  apiKey: 0x4b,
  audit: 0x41,
  run: 0x52,
  search: 0x53,
  alert: 0x57,
  notifier: 0x4e,
  alertEvent: 0x45,
  alertEvents: 0x56,
} as const;
const POSITION_BYTES = 24;

const encode = (kind: number, ...parts: Buffer[]): string =>
  Buffer.concat([Buffer.of(kind), ...parts]).toString('base64url');

/** Undefined unless `text` is exactly what `encode` wrote for this kind. So a changed character never leads to another place. */
function decode(kind: number, text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes[0] === kind && bytes.toString('base64url') === text ? bytes.subarray(1) : undefined;
}

const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

const positionBytes = (position: Position): Buffer =>
  Buffer.from(writePosition(Buffer.alloc(POSITION_BYTES), 0, position));

function writePosition(bytes: Buffer, at: number, { timestamp, uid }: Position): Buffer {
  bytes.writeBigInt64BE(microsOf(timestamp), at);
  bytes.write(uid.replaceAll('-', ''), at + 8, 'hex');
  return bytes;
}

const scratch = Buffer.alloc(1 + POSITION_BYTES);

/** A faster `encode`: it runs for every record of a page. */
function encodePosition(kind: number, position: Position): string {
  scratch[0] = kind;
  return writePosition(scratch, 1, position).toString('base64url');
}

function positionFrom(bytes: Buffer): Position | undefined {
  if (bytes.length !== POSITION_BYTES) return undefined;
  const timestamp = timestampFromMicros(bytes.readBigInt64BE(0));
  return timestamp === undefined ? undefined : { timestamp, uid: uuidFrom(bytes.toString('hex', 8)) };
}

/** Undefined if `encodeLogId` did not make this id. An id that does not exist is not an error. */
export const decodeLogId = (id: string): Position | undefined => {
  const bytes = decode(KINDS.log, id);
  return bytes && positionFrom(bytes);
};
export const encodeLogId = (position: Position): string => encodePosition(KINDS.log, position);

export const encodePageCursor = (position: Position): string => encodePosition(KINDS.page, position);

/** @throws CursorInvalid */
export function decodePageCursor(text: string, argument: string): Position {
  const bytes = decode(KINDS.page, text);
  const position = bytes && positionFrom(bytes);
  if (!position) throw new CursorInvalid(`${argument}: expected a cursor from a page of logs, got ${shownJson(text)}`);
  return position;
}

/** The place of a chain among chains: the time of its newest matching record, then its id. */
export interface ChainPosition {
  timestamp: Timestamp;
  correlationId: string;
}

export const encodeChainCursor = ({ timestamp, correlationId }: ChainPosition): string =>
  encode(KINDS.chain, int64(microsOf(timestamp)), Buffer.from(correlationId));

/** @throws CursorInvalid */
export function decodeChainCursor(text: string, argument: string): ChainPosition {
  const bytes = decode(KINDS.chain, text);
  const timestamp = bytes && bytes.length > 8 ? timestampFromMicros(bytes.readBigInt64BE(0)) : undefined;
  if (!bytes || !timestamp)
    throw new CursorInvalid(`${argument}: expected a cursor from a page of chains, got ${shownJson(text)}`);
  return { timestamp, correlationId: bytes.toString('utf8', 8) };
}

export const encodeTailCursor = ({ seq, batchId, after }: TailPosition): string =>
  encode(KINDS.tail, int64(BigInt(seq)), int64(BigInt(batchId)), ...(after ? [positionBytes(after)] : []));

/** @throws CursorInvalid */
export function decodeTailCursor(text: string, argument = 'after'): TailPosition {
  const bytes = decode(KINDS.tail, text);
  const position = bytes && tailPositionFrom(bytes);
  if (!position) throw new CursorInvalid(`${argument}: expected a cursor of a tail, got ${shownJson(text)}`);
  return position;
}

function tailPositionFrom(bytes: Buffer): TailPosition | undefined {
  if (bytes.length < 16) return undefined;
  const [seq, batchId] = [Number(bytes.readBigInt64BE(0)), Number(bytes.readBigInt64BE(8))];
  const after = bytes.length > 16 ? positionFrom(bytes.subarray(16)) : null;
  return isCount(seq) && isCount(batchId) && after !== undefined ? { seq, batchId, after } : undefined;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const uuidFrom = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const UUID_BYTES = 16;

const encodeUuid = (kind: number, uuid: string): string => encode(kind, Buffer.from(uuid.replaceAll('-', ''), 'hex'));

function decodeUuid(kind: number, id: string): string | undefined {
  const bytes = decode(kind, id);
  return bytes?.length === UUID_BYTES ? uuidFrom(bytes.toString('hex')) : undefined;
}

export const encodeApiKeyId = (uuid: string): string => encodeUuid(KINDS.apiKey, uuid);
/** The UUID of an API key; undefined if `encodeApiKeyId` did not make this id. */
export const decodeApiKeyId = (id: string): string | undefined => decodeUuid(KINDS.apiKey, id);

export const encodeSearchId = (uuid: string): string => encodeUuid(KINDS.search, uuid);
/** The UUID of a saved search; undefined if `encodeSearchId` did not make this id. */
export const decodeSearchId = (id: string): string | undefined => decodeUuid(KINDS.search, id);

export const encodeAlertId = (uuid: string): string => encodeUuid(KINDS.alert, uuid);
/** The UUID of an alert; undefined if `encodeAlertId` did not make this id. */
export const decodeAlertId = (id: string): string | undefined => decodeUuid(KINDS.alert, id);

export const encodeNotifierId = (uuid: string): string => encodeUuid(KINDS.notifier, uuid);
/** The UUID of a notifier; undefined if `encodeNotifierId` did not make this id. */
export const decodeNotifierId = (id: string): string | undefined => decodeUuid(KINDS.notifier, id);

export const encodeAlertEventId = (uuid: string): string => encodeUuid(KINDS.alertEvent, uuid);
/** The UUID of an event of an alert; undefined if `encodeAlertEventId` did not make this id. */
export const decodeAlertEventId = (id: string): string | undefined => decodeUuid(KINDS.alertEvent, id);

/** The place of an event among the events of alerts. */
export interface AlertEventPosition {
  at: Timestamp;
  id: string;
}

export const encodeAlertEventCursor = ({ at, id }: AlertEventPosition): string =>
  encode(KINDS.alertEvents, positionBytes({ timestamp: at, uid: id }));

/** @throws CursorInvalid */
export function decodeAlertEventCursor(text: string, argument: string): AlertEventPosition {
  const bytes = decode(KINDS.alertEvents, text);
  const position = bytes && positionFrom(bytes);
  if (!position)
    throw new CursorInvalid(`${argument}: expected a cursor from a page of alert events, got ${shownJson(text)}`);
  return { at: position.timestamp, id: position.uid };
}

/** The place of an event in the audit log. */
export interface AuditPosition {
  at: Timestamp;
  id: string;
}

export const encodeAuditCursor = ({ at, id }: AuditPosition): string =>
  encode(KINDS.audit, positionBytes({ timestamp: at, uid: id }));

/** @throws CursorInvalid */
export function decodeAuditCursor(text: string, argument: string): AuditPosition {
  const bytes = decode(KINDS.audit, text);
  const position = bytes && positionFrom(bytes);
  if (!position)
    throw new CursorInvalid(`${argument}: expected a cursor from a page of audit events, got ${shownJson(text)}`);
  return { at: position.timestamp, id: position.uid };
}

/** The place of a run among runs: of the record that it last told by. */
export const encodeRunCursor = ({ timestamp, uid }: Position): string =>
  encode(KINDS.run, positionBytes({ timestamp, uid }));

/** @throws CursorInvalid */
export function decodeRunCursor(text: string, argument: string): Position {
  const bytes = decode(KINDS.run, text);
  const position = bytes && positionFrom(bytes);
  if (!position) throw new CursorInvalid(`${argument}: expected a cursor from a page of runs, got ${shownJson(text)}`);
  return position;
}
