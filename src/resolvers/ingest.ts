import { createHash } from 'node:crypto';
import type { IngestResult } from '../ingest/ingest-result.ts';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from '../ingest/submission.ts';
import { fillAction, type HttpExchangeInput, httpFields } from '../log/http-exchange.ts';
import { isJsonObject, type Json, storableText } from '../log/json.ts';
import { type LogLevel, severityOf } from '../log/level.ts';
import { type Draft, isRejection, makeRecord, type NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';
import { createTurns, type Turns } from '../timing/turns.ts';
import { within } from './arguments.ts';
import type { Context } from './context.ts';

export const RECORDS_MAX = 10_000;

/** `LogInput` of the schema: a draft with another form of level and HTTP exchange. */
interface LogInput extends Omit<Draft, `http${string}` | 'attributes'> {
  level?: LogLevel | null;
  http?: HttpExchangeInput | null;
  message: string;
  attributes?: Json | null;
}

interface IngestArguments {
  logs: readonly LogInput[];
  idempotencyKey?: string | null;
}

/** Resolves when the records are safe. @throws BadUserInput, and what `Ingest.store` throws */
export async function ingestLogs(
  { logs, idempotencyKey }: IngestArguments,
  { ingest: anyIngest, caller }: Context,
): Promise<IngestResult> {
  within('logs: number of records', logs.length, 0, RECORDS_MAX);
  if (idempotencyKey != null) {
    within('idempotencyKey: number of characters', idempotencyKey.length, 1, IDEMPOTENCY_KEY_LENGTH_MAX);
  }
  const ingest = anyIngest.as(caller);
  const arrival = ingest.arrival();
  const turns = createTurns();
  const records: NewRecord[] = [];
  const rejected: Rejection[] = [];
  for (const [at, log] of logs.entries()) {
    if (turns.isOver()) await turns.next();
    const made = makeRecord(draftOf(log), arrival, at);
    if (isRejection(made)) rejected.push(made);
    else records.push(made);
  }
  const idempotency =
    idempotencyKey == null ? null : { key: storableText(idempotencyKey), bodyHash: await hashOf(logs, turns) };
  return ingest.store({ records, rejected, idempotency });
}

/** `severityNumber` wins over `level`. A record without an action gets one from its HTTP exchange. */
const draftOf = ({ level, http, ...log }: LogInput): Draft =>
  fillAction({
    ...log,
    severityNumber: log.severityNumber ?? (level == null ? null : severityOf(level)),
    ...(http && httpFields(http)),
  });

/** Equal for equal records, in any order of their keys. */
async function hashOf(logs: readonly LogInput[], turns: Turns): Promise<Buffer> {
  const hash = createHash('sha256').update('[');
  for (const [at, log] of logs.entries()) {
    if (turns.isOver()) await turns.next();
    hash.update(at > 0 ? ',' : '').update(JSON.stringify(log, sortedKeys));
  }
  return hash.update(']').digest();
}

const sortedKeys = (_key: string, value: unknown): unknown =>
  isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    : value;
