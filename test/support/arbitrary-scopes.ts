import type { Arbitrary } from 'fast-check';
import { parseScope } from '../../src/access/scope.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { vocabularyOf } from './arbitrary-filters.ts';
import { anyQuery } from './arbitrary-queries.ts';

/** Texts of scopes over these records: search texts, without those that search a text. */
export const scopeOver = (records: readonly NewRecord[]): Arbitrary<string> =>
  anyQuery(vocabularyOf(records)).filter((text) => {
    try {
      parseScope(text);
      return true;
    } catch {
      return false;
    }
  });
