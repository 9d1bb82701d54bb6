import { Command, Option } from 'commander';
import { BadUserInput } from '../errors.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { request } from './client/api.ts';
import {
  asCount,
  asDuration,
  asTimestamp,
  examples,
  type FilterOptions,
  filterOf,
  type ShowOptions,
  type UrlOption,
  withFilter,
  withShow,
  withUrl,
} from './options.ts';
import { print, say } from './terminal/output.ts';
import { number } from './terminal/quantity.ts';
import { RECORD_FIELDS, type ShownRecord } from './terminal/record-lines.ts';
import { recordTextFor } from './terminal/record-text.ts';
import { searchHint } from './terminal/search-hint.ts';

const PAGE_SIZE = 1000;
/** They are all held in memory, because the oldest comes first; `--all` holds one page. */
const COUNT_MAX = 100_000;
const COUNT_DEFAULT = 100;

interface TimeOptions {
  last?: string;
  from?: string;
  to?: string;
}

interface QueryOptions extends FilterOptions, ShowOptions, UrlOption, TimeOptions {
  count: number;
  all?: true;
}

export const queryCommand = (stop: AbortSignal): Command =>
  withUrl(
    withShow(
      withFilter(
        new Command('query')
          .description('Show stored records, oldest first as in a log file.')
          .argument('[search...]', 'search language: level:>=error service:billing "timed out" -retry durationMs:>500'),
      ),
    ),
  )
    .addOption(
      new Option('--last <duration>', 'only this duration until now, like 15m, 24h, 7d')
        .argParser(asDuration)
        .conflicts('from'),
    )
    .option('--from <time>', 'at or after this time, like 2026-11-21T20:06:40Z', asTimestamp)
    .option('--to <time>', 'before this time', asTimestamp)
    .option('-n, --count <n>', 'the newest n records', asCount(1, COUNT_MAX), COUNT_DEFAULT)
    .addOption(new Option('--all', 'all records').conflicts('count'))
    .addHelpText(
      'after',
      examples(
        'weir query --last 1h level:error',
        `weir query -n 20 'service:billing "timed out" -retry'`,
        'weir query --correlation 7f3a --all',
        'weir query --from 2026-11-21 --to 2026-11-22 --all --json > day.ndjson',
      ),
    )
    .action((search: string[], options: QueryOptions) => query(search, options, stop));

async function query(search: string[], options: QueryOptions, stop: AbortSignal): Promise<void> {
  const text = recordTextFor(process.stdout, options);
  let shown = 0;
  const show = async (records: ShownRecord[]): Promise<void> => {
    if (records.length > 0) await print(records.map(text).join('\n'));
    shown += records.length;
  };
  const selection = { url: options.url, filter: filterOf(search, options), time: timeOf(options), stop };
  let more = false;
  if (options.all) {
    for await (const page of pages(await pinned(selection), 'OLDEST_FIRST', Number.POSITIVE_INFINITY)) {
      await show(page.nodes);
    }
  } else {
    const found = await newest(selection, options.count);
    more = found.more;
    await show(found.records);
  }
  if (shown === 0) {
    const hint = searchHint(search);
    say(`-- no record matches${hint === undefined ? '' : `: ${hint}`} --`);
  } else if (more) {
    say(`-- more match: these are the newest ${number(shown)}; -n shows more, --all shows all --`);
  }
}

/** The `TimeRangeInput` of the options, or undefined without any. */
export function timeOf({ last, from, to }: TimeOptions): TimeOptions | undefined {
  if (from !== undefined && to !== undefined && from >= to) {
    throw new BadUserInput(`--from: expected a time before --to (${to}), got ${from}`);
  }
  const time = { ...(last && { last }), ...(from && { from }), ...(to && { to }) };
  return Object.keys(time).length > 0 ? time : undefined;
}

interface Selection {
  url: string;
  filter: LogFilterInput | undefined;
  time: TimeOptions | undefined;
  stop: AbortSignal;
}

/** The newest records, oldest first, and whether there are more. */
async function newest(selection: Selection, count: number): Promise<{ records: ShownRecord[]; more: boolean }> {
  const range = count > PAGE_SIZE ? await pinned(selection) : selection;
  const found = await Array.fromAsync(pages(range, 'NEWEST_FIRST', count));
  const records = found.flatMap(({ nodes }) => nodes).reverse();
  return { records, more: found.at(-1)?.pageInfo.hasNextPage ?? false };
}

const RANGE = 'query Range($time: TimeRangeInput!) { stats(time: $time) { range { from to } } }';

/** The same request with a fixed time range, by the server's clock: it must not move between pages. */
async function pinned(selection: Selection): Promise<Selection> {
  const { url, time = {}, stop } = selection;
  const operation = { query: RANGE, variables: { time } };
  const { stats } = await request<{ stats: { range: { from: string; to: string } } }>(url, operation, stop);
  return { ...selection, time: stats.range };
}

const PAGE = `query Page($filter: LogFilter, $time: TimeRangeInput, $order: LogOrder!, $first: Int!, $after: String) {
  logs(filter: $filter, time: $time, order: $order, first: $first, after: $after) {
    nodes { ${RECORD_FIELDS} }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  nodes: ShownRecord[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The pages, until `count` records or the last page. */
async function* pages(selection: Selection, order: 'NEWEST_FIRST' | 'OLDEST_FIRST', count: number) {
  const { url, stop, filter, time } = selection;
  let after: string | null = null;
  for (let left = count; left > 0; ) {
    const variables: Record<string, unknown> = { filter, time, order, first: Math.min(left, PAGE_SIZE), after };
    const { logs }: { logs: Page } = await request(url, { query: PAGE, variables }, stop);
    yield logs;
    if (!logs.pageInfo.hasNextPage) return;
    left -= logs.nodes.length;
    after = logs.pageInfo.endCursor;
  }
}
