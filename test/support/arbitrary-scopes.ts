import fc, { type Arbitrary } from 'fast-check';
import { parseScope } from '../../src/access/scope.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { vocabularyOf } from './arbitrary-filters.ts';
import { anyQuery } from './arbitrary-queries.ts';

/** Texts of scopes over these records: search texts, but for those that search a text. */
export const scopeOver = (records: readonly NewRecord[]): Arbitrary<string> =>
  anyQuery(vocabularyOf(records)).filter((text) => {
    try {
      parseScope(text);
      return true;
    } catch {
      return false;
    }
  });

/** As people would write them, for `chainedRecord`. */
export const plainScope: Arbitrary<string> = fc.constantFrom(
  'environment:staging',
  '-environment:production',
  'environment:(staging OR test)',
  'service:(billing OR web) level:>=info',
  'component:d*',
  'attributes.team:payments',
  'attributes.team:* -service:web',
  'userId:(ann OR bob)',
);
