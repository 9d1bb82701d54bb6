import { Command, InvalidArgumentError } from 'commander';
import { FACET_FIELDS } from '../log/fields.ts';
import { LLM_FACETS } from '../log/llm-fields.ts';
import { request } from './client/api.ts';
import {
  asCount,
  examples,
  type FilterOptions,
  filterOf,
  type TimeOptions,
  timeOf,
  type UrlOption,
  withFilter,
  withTime,
  withUrl,
} from './options.ts';
import { dollars, seconds } from './terminal/call-text.ts';
import { type Paint, paintFor } from './terminal/colours.ts';
import { print, say } from './terminal/output.ts';
import { jsonLine, printable } from './terminal/printable.ts';
import { number } from './terminal/quantity.ts';
import { searchHint } from './terminal/search-hint.ts';
import { tableText } from './terminal/table.ts';

/** As many as the API returns. */
const GROUPS_MAX = 1000;
const GROUPS_DEFAULT = 20;
const LAST_DEFAULT = '24h';

interface LlmOptions extends FilterOptions, UrlOption, TimeOptions {
  by: string;
  count: number;
  json?: true;
}

export const llmCommand = (stop: AbortSignal): Command =>
  withUrl(
    withTime(
      withFilter(
        new Command('llm')
          .description('Show what model calls cost, how many tokens they took, and how long: a line for each model.')
          .argument('[search...]', 'search language: only the calls of records that match'),
      ),
      LAST_DEFAULT,
    ),
  )
    .option(
      '-b, --by <field>',
      'a line for each value of this field: model, provider, userId, attributes.team',
      asBy,
      'model',
    )
    .option('-n, --count <n>', 'the dearest n values', asCount(1, GROUPS_MAX), GROUPS_DEFAULT)
    .option('--json', 'as one JSON object, named as in the API')
    .addHelpText(
      'after',
      examples(
        'weir llm --last 24h --by model',
        'weir llm --last 7d --by userId service:assistant',
        "weir llm --by attributes.team --json | jq '.groups[0]'",
      ),
    )
    .action((search: string[], options: LlmOptions) => llm(search, options, stop));

/** Fields of a call: in `LogField` their names have a prefix. */
const OF_CALL: readonly string[] = Object.values(LLM_FACETS);
/** All names in `LogField`. */
const FIELDS = new Set(['LEVEL', ...Object.keys(FACET_FIELDS), ...Object.keys(LLM_FACETS)]);

/** `userId` and `user-id` as `USER_ID`, `model` and `llm.model` as `LLM_MODEL`. */
export function fieldRefOf(by: string): { field: string } | { attribute: string[] } {
  const [first, ...path] = by.split('.');
  if (first === 'attributes') return { attribute: path };
  const name = (first === 'llm' ? path.join('.') : by).replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());
  const isOfCall = first === 'llm' || OF_CALL.includes(name);
  return { field: `${isOfCall ? 'LLM_' : ''}${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}` };
}

/** @throws InvalidArgumentError */
export function asBy(text: string): string {
  const ref = fieldRefOf(text);
  if ('field' in ref ? FIELDS.has(ref.field) : ref.attribute.length > 0) return text;
  const names = [...OF_CALL, ...Object.values(FACET_FIELDS), 'level'];
  throw new InvalidArgumentError(`Expected an attribute like attributes.team, or one of ${names.join(', ')}.`);
}

export interface Totals {
  calls: number;
  errors: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  unpriced: number;
}

interface Durations {
  p50: number | null;
  p95: number | null;
}

export interface LlmAnswer {
  totals: Totals;
  durations: Durations | null;
  groups: { value: string | null; totals: Totals; durations: Durations | null }[];
}

const SUMS = `totals { calls errors inputTokens outputTokens cacheReadTokens cacheCreationTokens reasoningTokens costUsd unpriced }
  durations { count avg p50 p95 p99 max }`;
const QUERY = `query Llm($filter: LogFilter, $time: TimeRangeInput!, $by: FieldRef!, $first: Int!) {
  llmStats(filter: $filter, time: $time) { range { from to } ${SUMS} groups(by: $by, first: $first) { value ${SUMS} } }
}`;

async function llm(search: string[], options: LlmOptions, stop: AbortSignal): Promise<void> {
  const variables = {
    filter: filterOf(search, options),
    time: timeOf(options) ?? { last: LAST_DEFAULT },
    by: fieldRefOf(options.by),
    first: options.count,
  };
  const { llmStats } = await request<{ llmStats: LlmAnswer }>(options.url, { query: QUERY, variables }, stop);
  if (options.json) return print(jsonLine(llmStats));
  if (llmStats.totals.calls === 0) {
    const hint = searchHint(search);
    return say(`-- no model call matches${hint === undefined ? '' : `: ${hint}`} --`);
  }
  await print(llmTable(llmStats, options.by, paintFor(process.stdout)));
  const { unpriced } = llmStats.totals;
  if (unpriced > 0)
    say(`-- ${number(unpriced)} of the calls have no cost: neither their senders nor the price list say it --`);
}

/** A line for each value, the dearest first, then one for all calls. */
export function llmTable({ totals, durations, groups }: LlmAnswer, by: string, paint: Paint): string {
  const row = (name: string, sums: Totals, times: Durations | null): string[] => [
    name,
    number(sums.calls),
    number(sums.errors),
    number(sums.inputTokens),
    number(sums.outputTokens),
    dollars(sums.costUsd),
    times?.p50 == null ? '-' : seconds(times.p50),
    times?.p95 == null ? '-' : seconds(times.p95),
  ];
  return tableText(
    [printable(by), 'calls', 'errors', 'tokens in', 'tokens out', 'cost', 'p50', 'p95'],
    [
      ...groups.map((group) =>
        row(group.value === null ? '(none)' : printable(group.value), group.totals, group.durations),
      ),
      row('all calls', totals, durations),
    ],
    paint,
  );
}
