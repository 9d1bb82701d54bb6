/** Sums over counted calls. `LlmTotals` in the schema says what each field means. */
export interface LlmTotals {
  calls: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
  reasoningTokens: number;
  costUsd: number;
  unpriced: number;
}

/** The columns of `LLM_ROLLUPS.sums` that the fields come from. */
const COLUMNS: Readonly<Record<keyof LlmTotals, string>> = {
  calls: 'calls',
  errors: 'errors',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cacheReadTokens: 'cache_read_tokens',
  cacheCreationTokens: 'cache_creation_tokens',
  reasoningTokens: 'reasoning_tokens',
  costUsd: 'cost_nano_usd',
  unpriced: 'unpriced',
};

const FIELDS = Object.keys(COLUMNS) as (keyof LlmTotals)[];

/** Whole numbers as text: a sum may be beyond what a number holds exactly. `costUsd` is in nano-dollars. */
export type TotalsRow = Record<keyof LlmTotals, string>;

/** Select list of a `TotalsRow` over a source of calls. */
export const TOTALS = totalsWhere('');
/** The same over single calls of which some are not counted. */
export const TOTALS_OF_COUNTED = totalsWhere('filter (where counted)');

function totalsWhere(where: string): string {
  return FIELDS.map((field) => `coalesce(sum(${COLUMNS[field]}) ${where}, 0)::text as "${field}"`).join(', ');
}

/** The columns that `TOTALS` sums, summed under their own names. */
export const PARTIAL_TOTALS = Object.values(COLUMNS)
  .map((column) => `sum(${column}) as ${column}`)
  .join(', ');

const NANO = 1e9;

/** Sums beyond the largest safe integer are given as that. */
export function totalsOf(row: TotalsRow): LlmTotals {
  const totals = Object.fromEntries(
    FIELDS.map((field) => [field, Math.min(Number(row[field]), Number.MAX_SAFE_INTEGER)]),
  ) as unknown as LlmTotals;
  return { ...totals, costUsd: Number(row.costUsd) / NANO };
}

export const NO_CALLS: LlmTotals = totalsOf(Object.fromEntries(FIELDS.map((field) => [field, '0'])) as TotalsRow);
