import type { FieldValues } from '../../log/fields.ts';
import type { JsonObject } from '../../log/json.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { readRow, readUid } from './read-row.ts';

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
 * them. It is a record like any other. Who asks for a field that storing does not need, such as a tail, makes it read its row, once.
 * It has no model call, and its sender gave no uid.
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
  #fields: FieldValues | undefined;

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

  #read(): FieldValues {
    this.#fields ??= readRow(this.rows, this.from);
    return this.#fields;
  }

  get uid(): string {
    return readUid(this.rows, this.from);
  }
  get message(): string {
    return this.#read().message;
  }
  get action(): string | null {
    return this.#read().action;
  }
  get host(): string | null {
    return this.#read().host;
  }
  get deploymentVersion(): string | null {
    return this.#read().deploymentVersion;
  }
  get correlationId(): string | null {
    return this.#read().correlationId;
  }
  get traceId(): string | null {
    return this.#read().traceId;
  }
  get spanId(): string | null {
    return this.#read().spanId;
  }
  get userId(): string | null {
    return this.#read().userId;
  }
  get durationMs(): number | null {
    return this.#read().durationMs;
  }
  get errorType(): string | null {
    return this.#read().errorType;
  }
  get stackTrace(): string | null {
    return this.#read().stackTrace;
  }
  get httpMethod(): string | null {
    return this.#read().httpMethod;
  }
  get httpPath(): string | null {
    return this.#read().httpPath;
  }
  get httpStatus(): number | null {
    return this.#read().httpStatus;
  }
  get httpUserAgent(): string | null {
    return this.#read().httpUserAgent;
  }
  get httpClientIp(): string | null {
    return this.#read().httpClientIp;
  }
  get attributes(): JsonObject {
    return this.#read().attributes;
  }

  /** The same record with all of its fields as properties: to be copied, or written as JSON. */
  toJSON(): NewRecord {
    const { llm, llmContent, uidGiven, bytes, at } = this;
    return { ...this.#read(), llm, llmContent, uidGiven, bytes, at };
  }
}

/** The record as an object whose properties can be copied. */
export const plainRecord = (record: NewRecord): NewRecord =>
  record instanceof EncodedRecord ? record.toJSON() : record;
