import { WeirError } from '../../../errors.ts';
import type { Rejection } from '../../../log/rejection.ts';
import type { IngestResult } from '../../ingest-result.ts';
import type { Submission } from '../../submission.ts';
import { type ElasticError, elasticErrorOf, isTemporary } from './answer.ts';
import type { BulkItem } from './bulk-body.ts';

/** What became of an item: a record, or why there is none. The uid of a record that an earlier request stored is not known. */
type Fate = { uid: string | undefined } | Rejection;

/** What became of the items of one bulk request. `at` counts them from 1. */
export interface BulkFates {
  /** A part of the request was stored. */
  stored(submission: Submission, result: IngestResult): void;
  readonly isEmpty: boolean;
  of(at: number): Fate | undefined;
}

export function createBulkFates(): BulkFates {
  const fates: (Fate | undefined)[] = [];
  return {
    stored({ records }, { rejected, replayed }) {
      for (const { at, uid } of records) fates[at] = { uid: replayed ? undefined : uid };
      for (const rejection of rejected) fates[rejection.at] = rejection;
    },
    get isEmpty() {
      return fates.length === 0;
    },
    of: (at) => fates[at],
  };
}

/**
 * The answer of Elasticsearch, item by item. Items that were not stored failed by `error`: where they may succeed later, their
 * status is 429, which clients repeat.
 */
export function bulkAnswer(items: readonly BulkItem[], fates: BulkFates, error: unknown, took: number): object {
  let errors = false;
  const failed = failureOf(error);
  const answers = items.map(({ operation, index, id }, i) => {
    const fate = fates.of(i + 1);
    if (fate && 'uid' in fate) {
      return { [operation]: { _index: index, _id: id ?? fate.uid, result: 'created', status: 201 } };
    }
    errors = true;
    const { status, error } = fate ? { status: 400, error: errorOf(fate) } : failed;
    return { [operation]: { _index: index, _id: id, status, error } };
  });
  return { errors, took, items: answers };
}

const errorOf = ({ code, reason }: Rejection): ElasticError => ({
  type: code === 'NOT_APPENDING' ? 'illegal_argument_exception' : 'document_parsing_exception',
  reason: `${code}: ${reason}`,
});

function failureOf(error: unknown): { status: number; error: ElasticError } {
  if (!(error instanceof WeirError)) return { status: 500, error: { type: 'exception', reason: 'the server failed' } };
  return { status: isTemporary(error) ? 429 : error.status, error: elasticErrorOf(error) };
}
