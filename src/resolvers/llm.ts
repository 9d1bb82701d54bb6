import type { Position } from '../log/cursor.ts';
import type { LlmCall, LlmContent } from '../log/llm-call.ts';
import type { LogRecord } from '../log/record.ts';
import type { Context } from './context.ts';

/** `LlmCall` of the schema: the call of the record at a position. */
export interface CallOfRecord extends LlmCall {
  position: Position;
}

/** A record of a tail has its call. A query reads it here: for a whole page by one statement. */
export async function callOf(record: LogRecord, { loaders }: Context): Promise<CallOfRecord | null> {
  const call = record.llm === undefined ? await loaders.call.load(record) : record.llm;
  return call && { ...call, position: record };
}

/** Null where it is not there, or the caller may not see it. A tail runs no statement for it. */
export async function contentOf(
  { position }: CallOfRecord,
  { caller, inTail, loaders }: Context,
): Promise<LlmContent | null> {
  return inTail || !caller.rights.has('CONTENT') ? null : loaders.content.load(position);
}
