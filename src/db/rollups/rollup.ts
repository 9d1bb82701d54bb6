import type { Fragment, Sql } from '../connection/client.ts';

/** A table that holds sums over the rows of another one, by time and some columns. The texts go into statements as they are. */
export interface Rollup {
  name: 'log_rollups' | 'llm_rollups';
  /** The table of times for which the sums are not complete. */
  gaps: string;
  /** The table whose rows are summed, and which of its rows. */
  of: string;
  where: string;
  /** The columns of `of` that the sums are grouped by, in addition to the time. */
  groups: readonly string[];
  /** The columns that hold sums, each with the aggregate over `of` that it equals. */
  sums: Readonly<Record<string, string>>;
}

export const LOG_ROLLUPS: Rollup = {
  name: 'log_rollups',
  gaps: 'log_rollup_gaps',
  of: 'system_logs',
  where: 'true',
  groups: ['level', 'service', 'component', 'environment'],
  sums: { count: 'count(*)' },
};

const sumOf = (column: string): string => `coalesce(sum(${column}), 0)`;

export const LLM_ROLLUPS: Rollup = {
  name: 'llm_rollups',
  gaps: 'llm_rollup_gaps',
  of: 'llm_logs',
  where: 'counted',
  // Both models: a filter by `models` means either.
  groups: ['operation', 'provider', 'request_model', 'response_model', 'service', 'component', 'environment'],
  sums: {
    calls: 'count(*)',
    errors: 'count(*) filter (where has_error)',
    input_tokens: sumOf('input_tokens'),
    output_tokens: sumOf('output_tokens'),
    cache_read_tokens: sumOf('cache_read_tokens'),
    cache_creation_tokens: sumOf('cache_creation_tokens'),
    reasoning_tokens: sumOf('reasoning_tokens'),
    cost_nano_usd: sumOf('cost_nano_usd'),
    unpriced: 'count(*) filter (where cost_nano_usd is null)',
  },
};

export const ROLLUPS: readonly Rollup[] = [LOG_ROLLUPS, LLM_ROLLUPS];

/** The rollup of a table's rows; undefined where they are not summed. */
export const rollupOf = (table: string): Rollup | undefined => ROLLUPS.find(({ of }) => of === table);

/** The parts of statements that name the columns of a rollup. */
export function partsOf(sql: Sql, rollup: Rollup) {
  const raw = (text: string): Fragment => sql.unsafe(text) as unknown as Fragment;
  const sums = Object.keys(rollup.sums);
  return {
    table: raw(rollup.name),
    gaps: raw(rollup.gaps),
    of: raw(rollup.of),
    where: raw(rollup.where),
    group: raw(rollup.groups.join(', ')),
    sums: raw(sums.join(', ')),
    /** Sums of sums, under the same names. */
    totals: raw(sums.map((sum) => `sum(${sum}) as ${sum}`).join(', ')),
    negated: raw(sums.map((sum) => `-sum(${sum}) as ${sum}`).join(', ')),
    /** The sums over rows of `of`, under the names of their columns. */
    summed: raw(
      Object.entries(rollup.sums)
        .map(([sum, of]) => `${of} as ${sum}`)
        .join(', '),
    ),
    subtracted: raw(
      Object.entries(rollup.sums)
        .map(([sum, of]) => `-${of} as ${sum}`)
        .join(', '),
    ),
    /** A group whose sums are all 0 needs no row. */
    isNotZero: raw(`(${sums.map((sum) => `sum(${sum}) <> 0`).join(' or ')})`),
  };
}
