import { archiveIn } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import {
  type DurationSummary,
  type KeyedSummary,
  NO_DURATIONS,
  type SummaryQuestion,
  summaryOf,
} from './duration-summary.ts';
import { mergeSummaries } from './merge-summaries.ts';

// Exact, over both stores. `sql` must be a snapshot where `mayBeArchived`.

export async function readSummary(sql: Sql, question: Omit<SummaryQuestion, 'by'>): Promise<DurationSummary> {
  const { column, span, source } = question;
  const archive = await archiveIn(sql, span);
  if (archive) {
    const [merged] = await mergeSummaries([sql, archive], { ...question, by: null });
    if (!merged) return NO_DURATIONS;
    const { key: _, ...summary } = merged;
    return summary;
  }
  const { from } = await source(sql, span);
  const [row] = await sql<DurationSummary[]>`select ${summaryOf(sql, column)} from ${from}`;
  return row!;
}

/** The summary of each group. With the archive, groups without a value are left out. */
export async function readSummaries(
  sql: Sql,
  question: SummaryQuestion & { by: NonNullable<SummaryQuestion['by']> },
): Promise<KeyedSummary[]> {
  const { column, span, by, source } = question;
  const archive = await archiveIn(sql, span);
  if (archive) return mergeSummaries([sql, archive], question);
  const { from } = await source(sql, span);
  return sql<KeyedSummary[]>`select ${by.of(sql)} as key, ${summaryOf(sql, column)} from ${from} group by 1`;
}
