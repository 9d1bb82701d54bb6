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

export type TotalsField = keyof LlmTotals;
export const TOTALS_FIELDS = Object.keys(COLUMNS) as TotalsField[];

/** Whole numbers as text: a sum may be beyond what a number holds exactly. `costUsd` is in nano-dollars. */
export type TotalsRow = Record<TotalsField, string>;

/** Select list of a `TotalsRow` over a source of calls. */
export const TOTALS = totalsSql(TOTALS_FIELDS);
/** The same over single calls of which some are not counted. */
export const TOTALS_OF_COUNTED = totalsSql(TOTALS_FIELDS, 'filter (where counted)');

/** Sums of decimal numbers over many rows cost as much as reading the rows: a list of some fields is cheaper. */
export function totalsSql(fields: readonly TotalsField[], where = ''): string {
  return fields.map((field) => `coalesce(sum(${COLUMNS[field]}) ${where}, 0)::text as "${field}"`).join(', ');
}

/** The columns that `totalsSql` of these fields sums, summed under their own names. */
export const partialTotalsSql = (fields: readonly TotalsField[]): string =>
  fields.map((field) => `sum(${COLUMNS[field]}) as ${COLUMNS[field]}`).join(', ');

const NANO = 1e9;

/** Sums beyond the largest safe integer are given as that. Fields that were not read are 0. */
export function totalsOf(row: Partial<TotalsRow>): LlmTotals {
  const totals = { ...NO_CALLS };
  for (const field of TOTALS_FIELDS) {
    const sum = row[field];
    if (sum !== undefined) totals[field] = Math.min(Number(sum), Number.MAX_SAFE_INTEGER);
  }
  totals.costUsd = Number(row.costUsd ?? 0) / NANO;
  return totals;
}

export const NO_CALLS = Object.fromEntries(TOTALS_FIELDS.map((field) => [field, 0])) as unknown as LlmTotals;
