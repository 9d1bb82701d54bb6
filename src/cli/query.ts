import { Command, Option } from 'commander';
import { BadUserInput } from '../errors.ts';
import { COLUMNS_DEFAULT, type Column, parseColumns } from '../log/export/columns.ts';
import { csvHeader, csvLine, FORMULAS, type Formulas } from '../log/export/csv.ts';
import type { ExportedRecord } from '../log/export/exported-record.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { request } from './client/api.ts';
import { exportAll, type Output } from './export/export-all.ts';
import { resumingExport } from './export/resuming-export.ts';
import { shownRecord } from './export/shown-record.ts';
import {
  asCount,
  examples,
  type FilterOptions,
  filterOf,
  type ShowOptions,
  searchOf,
  type TimeOptions,
  timeOf,
  type UrlOption,
  withFilter,
  withShow,
  withTime,
  withUrl,
} from './options.ts';
import { say } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';
import { number } from './terminal/quantity.ts';
import { RECORD_FIELDS, type ShownRecord } from './terminal/record-lines.ts';
import { recordTextFor } from './terminal/record-text.ts';
import { searchHint } from './terminal/search-hint.ts';
import { openFile, stdout } from './terminal/sink.ts';

const PAGE_SIZE = 1000;
/** They are all held in memory, because the oldest comes first; `--all` holds what has just come. */
const COUNT_MAX = 100_000;
const COUNT_DEFAULT = 100;

interface QueryOptions extends FilterOptions, ShowOptions, UrlOption, TimeOptions {
  count: number;
  all?: true;
  after?: string;
  csv?: true;
  columns?: string;
  formulas: Formulas;
  output?: string;
}

export const queryCommand = (stop: AbortSignal): Command =>
  withUrl(
    withShow(
      withTime(
        withFilter(
          new Command('query')
            .description('Show stored records, oldest first as in a log file.')
            .argument(
              '[search...]',
              'search language: level:>=error service:billing "timed out" -retry durationMs:>500',
            ),
        ),
      ),
    ),
  )
    .option('-n, --count <n>', 'the newest n records', asCount(1, COUNT_MAX), COUNT_DEFAULT)
    .addOption(new Option('--all', 'all records; after a broken connection it goes on').conflicts('count'))
    .option('--after <id>', 'with --all: only what comes after the record with this id; a file is added to')
    .addOption(new Option('--csv', 'comma-separated values').conflicts('json'))
    .option('--columns <names>', 'the columns of --csv: fields and attributes, like level,message,attributes.region')
    .addOption(
      new Option('--formulas <how>', "of --csv: put a ' before text that a spreadsheet would run, or keep it")
        .choices(FORMULAS)
        .default('escape'),
    )
    .option('-o, --output <file>', 'write to this file')
    .addHelpText(
      'after',
      examples(
        'weir query --last 1h level:error',
        `weir query -n 20 'service:billing "timed out" -retry'`,
        'weir query --correlation 7f3a --all',
        'weir query --from 2026-11-21 --to 2026-11-22 --all --json --output day.ndjson',
        'weir query --last 7d level:error --all --csv --columns timestamp,service,message > errors.csv',
      ),
    )
    .action((search: string[], options: QueryOptions) => query(search, options, stop));

async function query(search: string[], options: QueryOptions, stop: AbortSignal): Promise<void> {
  if (options.after !== undefined && !options.all) throw new BadUserInput('--after: expected --all beside it');
  if (options.columns !== undefined && !options.csv) throw new BadUserInput('--columns: expected --csv beside it');
  const columns = options.csv ? parseColumns(options.columns ?? COLUMNS_DEFAULT) : null;
  const { url, after, output } = options;
  const time = timeOf(options);
  // After the first answer: a request that is not accepted empties no file.
  const open = async (): Promise<Output> => {
    const sink = output === undefined ? stdout : await openFile(output, after !== undefined);
    if (columns && after === undefined) await sink.write(csvHeader(columns, options.formulas));
    return { sink, text: textFor(sink.stream, options, columns) };
  };
  let shown: number;
  let more = false;
  if (options.all) {
    const batches = resumingExport({ url, query: searchOf(search, options), time, after, stop, say });
    shown = await exportAll({ batches, open, file: output });
  } else {
    const found = await newest({ url, filter: filterOf(search, options), time, stop }, options.count);
    const { sink, text } = await open();
    await sink.write(found.records.map(text).join(''));
    await sink.close();
    more = found.more;
    shown = found.records.length;
  }
  if (shown === 0) {
    const hint = searchHint(search);
    say(`-- no record matches${hint === undefined ? '' : `: ${hint}`} --`);
  } else if (more) {
    say(`-- more match: these are the newest ${number(shown)}; -n shows more, --all shows all --`);
  }
}

/** How a record is written, of a page of the API or of an export, with the end of its line. */
function textFor(stream: NodeJS.WriteStream, options: QueryOptions, columns: readonly Column[] | null) {
  if (columns) {
    const safe = stream.isTTY ? (line: string) => `${printable(line.trimEnd())}\n` : (line: string) => line;
    return (record: object): string => safe(csvLine(record as ExportedRecord, columns, options.formulas));
  }
  const text = recordTextFor(stream, options);
  return (record: object): string => `${text(shownRecord(record as ExportedRecord))}\n`;
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
  const found = await Array.fromAsync(pages(range, count));
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

const PAGE = `query Page($filter: LogFilter, $time: TimeRangeInput, $first: Int!, $after: String) {
  logs(filter: $filter, time: $time, order: NEWEST_FIRST, first: $first, after: $after) {
    nodes { ${RECORD_FIELDS} }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  nodes: ShownRecord[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The pages, newest first, until `count` records or the last page. */
async function* pages({ url, stop, filter, time }: Selection, count: number) {
  let after: string | null = null;
  for (let left = count; left > 0; ) {
    const variables: Record<string, unknown> = { filter, time, first: Math.min(left, PAGE_SIZE), after };
    const { logs }: { logs: Page } = await request(url, { query: PAGE, variables }, stop);
    yield logs;
    if (!logs.pageInfo.hasNextPage) return;
    left -= logs.nodes.length;
    after = logs.pageInfo.endCursor;
  }
}
