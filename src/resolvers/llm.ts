import DataLoader from 'dataloader';
import type { Sql } from '../db/connection/client.ts';
import { readCalls, readContents } from '../db/read/llm-calls.ts';
import { BadUserInput } from '../errors.ts';
import { encodeLogId, type Position } from '../log/cursor.ts';
import type { LlmCall, LlmContent } from '../log/llm-call.ts';
import type { LogRecord } from '../log/record.ts';
import type { Context } from './context.ts';

/** Contents that one operation reads at most: one alone may have half a million characters. */
export const CONTENTS_MAX = 100;

/** `LlmCall` of the schema: the call of the record at a position. */
export interface CallOfRecord extends LlmCall {
  position: Position;
}

export type CallLoader = DataLoader<Position, LlmCall | null, string>;
export type ContentLoader = DataLoader<Position, LlmContent | null, string>;

export const createCallLoader = (sql: Sql): CallLoader =>
  new DataLoader((positions) => readCalls(sql, positions), { cacheKeyFn: encodeLogId });

/** @throws BadUserInput the operation asks for more than `CONTENTS_MAX` */
export function createContentLoader(sql: Sql): ContentLoader {
  let asked = 0;
  return new DataLoader(
    async (positions) => {
      asked += positions.length;
      if (asked > CONTENTS_MAX) {
        throw new BadUserInput(
          `input, output: expected at most ${CONTENTS_MAX} model calls in an operation, got ${asked}: ask for a shorter page`,
        );
      }
      return readContents(sql, positions);
    },
    { cacheKeyFn: encodeLogId },
  );
}

/** A record of a tail has its call. A query reads it here: for a whole page by one statement. */
export async function callOf(record: LogRecord, { loaders }: Context): Promise<CallOfRecord | null> {
  const call = record.llm === undefined ? await loaders.call.load(record) : record.llm;
  return call && { ...call, position: record };
}

/** Null where it is not there, or the caller may not see it. A tail runs no statement for it. */
export async function contentOf({ position }: CallOfRecord, { caller, inTail, loaders }: Context) {
  return inTail || !caller.rights.has('CONTENT') ? null : loaders.content.load(position);
}
