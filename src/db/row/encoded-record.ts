import type { FieldName, FieldValues } from '../../log/fields.ts';
import type { JsonObject } from '../../log/json.ts';
import type { LogRecord, NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { readField, readRow } from './read-row.ts';

/** What is known of an encoded record without reading its row: all that storing it needs. */
export interface EncodedFields {
  timestamp: Timestamp;
  receivedAt: Timestamp;
  severityNumber: number;
  service: string;
  component: string | null;
  environment: string | null;
  pipelineId: string | null;
  bytes: number;
  at: number;
}

/**
 * A record that is a row of COPY data since it was received: its texts were copied as bytes, and no object or string was made of
 * them. It is a record like any other: a field that storing does not need, such as a tail asks for, is read from the row. It has no
 * model call, and its sender gave no uid.
 *
 * It keeps the rows of its neighbours in memory. What lives longer than its batch takes its `plainRecord`.
 */
export class EncodedRecord implements NewRecord {
  /** COPY data. The row is at `from`, and ends before `to`. */
  readonly rows: Buffer;
  readonly from: number;
  readonly to: number;
  readonly timestamp: Timestamp;
  readonly receivedAt: Timestamp;
  readonly severityNumber: number;
  readonly service: string;
  readonly component: string | null;
  readonly environment: string | null;
  readonly pipelineId: string | null;
  readonly bytes: number;
  readonly at: number;
  readonly llm = null;
  readonly llmContent = null;
  uidGiven = false;
  #uid: string | undefined;
  #attributes: JsonObject | undefined;
  #plain: NewRecord | undefined;

  constructor(rows: Buffer, from: number, to: number, fields: EncodedFields) {
    this.rows = rows;
    this.from = from;
    this.to = to;
    this.timestamp = fields.timestamp;
    this.receivedAt = fields.receivedAt;
    this.severityNumber = fields.severityNumber;
    this.service = fields.service;
    this.component = fields.component;
    this.environment = fields.environment;
    this.pipelineId = fields.pipelineId;
    this.bytes = fields.bytes;
    this.at = fields.at;
  }

  #field<F extends FieldName>(field: F): FieldValues[F] {
    return this.#plain ? this.#plain[field] : readField(this.rows, this.from, field);
  }

  get uid(): string {
    this.#uid ??= this.#field('uid');
    return this.#uid;
  }
  get message(): string {
    return this.#field('message');
  }
  get action(): string | null {
    return this.#field('action');
  }
  get host(): string | null {
    return this.#field('host');
  }
  get deploymentVersion(): string | null {
    return this.#field('deploymentVersion');
  }
  get correlationId(): string | null {
    return this.#field('correlationId');
  }
  get traceId(): string | null {
    return this.#field('traceId');
  }
  get spanId(): string | null {
    return this.#field('spanId');
  }
  get userId(): string | null {
    return this.#field('userId');
  }
  get durationMs(): number | null {
    return this.#field('durationMs');
  }
  get errorType(): string | null {
    return this.#field('errorType');
  }
  get stackTrace(): string | null {
    return this.#field('stackTrace');
  }
  get httpMethod(): string | null {
    return this.#field('httpMethod');
  }
  get httpPath(): string | null {
    return this.#field('httpPath');
  }
  get httpStatus(): number | null {
    return this.#field('httpStatus');
  }
  get httpUserAgent(): string | null {
    return this.#field('httpUserAgent');
  }
  get httpClientIp(): string | null {
    return this.#field('httpClientIp');
  }
  get attributes(): JsonObject {
    this.#attributes ??= this.#field('attributes');
    return this.#attributes;
  }

  /** The same record with all of its fields as properties: to be kept, copied, or written as JSON. */
  toJSON(): NewRecord {
    const { llm, llmContent, uidGiven, bytes, at } = this;
    this.#plain ??= { ...readRow(this.rows, this.from), llm, llmContent, uidGiven, bytes, at };
    return this.#plain;
  }
}

/** The record as an object that holds only itself. */
export function plainRecord(record: NewRecord): NewRecord;
export function plainRecord(record: LogRecord): LogRecord;
export function plainRecord(record: LogRecord): LogRecord {
  return record instanceof EncodedRecord ? record.toJSON() : record;
}
