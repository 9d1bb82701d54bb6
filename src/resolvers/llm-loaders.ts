import DataLoader from 'dataloader';
import type { Sql } from '../db/connection/client.ts';
import { readCalls, readContents } from '../db/read/llm-calls.ts';
import { BadUserInput } from '../errors.ts';
import { encodeLogId, type Position } from '../log/cursor.ts';
import type { LlmCall, LlmContent } from '../log/llm-call.ts';

/** Contents that one operation reads at most: one alone may have half a million characters. */
export const CONTENTS_MAX = 100;

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
