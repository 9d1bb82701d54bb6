import { Command } from 'commander';
import { asCount, examples, type FilterOptions, filterOf, type UrlOption, withFilter, withUrl } from './options.ts';
import { reconnectingTail, type TailBatch } from './tail/reconnecting-tail.ts';
import { paintFor } from './terminal/colours.ts';
import { print, say } from './terminal/output.ts';
import { recordJson, recordLine } from './terminal/record-lines.ts';

const BACKFILL_MAX = 1000;

interface TailOptions extends FilterOptions, UrlOption {
  backfill?: number;
  after?: string;
  json?: true;
}

export const tailCommand = (stop: AbortSignal): Command =>
  withUrl(
    withFilter(
      new Command('tail')
        .description('Follow records as they are stored, until Ctrl-C.')
        .argument('[search...]', 'search language, as in `query`'),
    ),
  )
    .option('-b, --backfill <n>', 'show the newest n stored records first', asCount(0, BACKFILL_MAX))
    .option('--after <cursor>', 'continue after this cursor; not together with --backfill')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      `
If the connection is lost, the command waits and continues where it was: no record is missing, none comes twice.
At the end it prints on stderr how to continue from there.
${examples('weir tail', 'weir tail --backfill 20 --min-level warning', "weir tail 'service:billing -retry'", 'weir tail --json | jq .message')}`,
    )
    .action((search: string[], options: TailOptions) => tail(search, options, stop));

async function tail(search: string[], options: TailOptions, stop: AbortSignal): Promise<void> {
  const paint = paintFor(process.stdout);
  const line = options.json ? recordJson : (record: TailBatch['logs'][number]) => recordLine(record, paint);
  const batches = reconnectingTail({
    url: options.url,
    filter: filterOf(search, options),
    after: options.after,
    backfill: options.backfill ?? 0,
    stop,
    say,
  });
  let cursor: string | undefined;
  for await (const batch of batches) {
    if (cursor === undefined) say(`-- following ${options.url}, press Ctrl-C to end --`);
    if (batch.skipped > 0) say(`-- skipped ${batch.skipped} --`);
    if (batch.logs.length > 0) await print(batch.logs.map(line).join('\n'));
    cursor = batch.cursor;
  }
  if (cursor !== undefined) say(`-- continue from here with --after ${cursor} --`);
}
