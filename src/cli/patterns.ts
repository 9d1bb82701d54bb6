import { Command } from 'commander';
import type { LogLevel } from '../log/level.ts';
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
import { print, say } from './terminal/output.ts';
import { jsonLine, printable } from './terminal/printable.ts';
import { number } from './terminal/quantity.ts';
import { searchHint } from './terminal/search-hint.ts';

/** As many as the API returns. */
const PATTERNS_MAX = 1000;
const PATTERNS_DEFAULT = 20;
const LAST_DEFAULT = '24h';

interface PatternsOptions extends FilterOptions, UrlOption, TimeOptions {
  count: number;
  json?: true;
}

export const patternsCommand = (stop: AbortSignal): Command =>
  withUrl(
    withTime(
      withFilter(
        new Command('patterns')
          .description('Show what messages say, without what varies: a line for each pattern, the most common first.')
          .argument('[search...]', 'search language: only the records that match'),
      ),
      LAST_DEFAULT,
    ),
  )
    .option('-n, --count <n>', 'the most common n patterns', asCount(1, PATTERNS_MAX), PATTERNS_DEFAULT)
    .option('--json', 'as one JSON object, named as in the API')
    .addHelpText(
      'after',
      examples('weir patterns --last 1h level:error', "weir patterns --json | jq -r '.patterns[].query'"),
    )
    .action((search: string[], options: PatternsOptions) => patterns(search, options, stop));

export interface PatternsAnswer {
  sampled: number;
  total: number;
  patterns: { template: string; count: number; share: number; highestLevel: LogLevel }[];
}

const QUERY = `query Patterns($filter: LogFilter, $time: TimeRangeInput!, $first: Int!) {
  patterns(filter: $filter, time: $time, first: $first) {
    sampled total patterns { template count share highestLevel services firstSeen lastSeen query }
  }
}`;

async function patterns(search: string[], options: PatternsOptions, stop: AbortSignal): Promise<void> {
  const variables = {
    filter: filterOf(search, options),
    time: timeOf(options) ?? { last: LAST_DEFAULT },
    first: options.count,
  };
  const answer = await request<{ patterns: PatternsAnswer }>(options.url, { query: QUERY, variables }, stop);
  const found = answer.patterns;
  if (options.json) return print(jsonLine(found));
  if (found.sampled === 0) {
    const hint = searchHint(search);
    return say(`-- no record matches${hint === undefined ? '' : `: ${hint}`} --`);
  }
  await print(patternLines(found));
  if (found.total > found.sampled)
    say(`-- counted in a sample of ${number(found.sampled)} of ${number(found.total)} records --`);
}

/** Share, count and level stand in columns before the template. */
export function patternLines({ patterns: found }: PatternsAnswer): string {
  const counts = found.map(({ count }) => number(count));
  const width = Math.max(...counts.map(({ length }) => length));
  return found
    .map(({ template, share, highestLevel }, i) =>
      [
        `${(share * 100).toFixed(1)}%`.padStart(6),
        counts[i]!.padStart(width),
        highestLevel.padEnd('CRITICAL'.length),
        printable(template),
      ].join('  '),
    )
    .join('\n');
}
