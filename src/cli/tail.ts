import { Command } from 'commander';
import {
  asCount,
  examples,
  type FilterOptions,
  filterOf,
  type ShowOptions,
  type UrlOption,
  withFilter,
  withShow,
  withUrl,
} from './options.ts';
import { reconnectingTail } from './tail/reconnecting-tail.ts';
import { print, say } from './terminal/output.ts';
import { readerGone } from './terminal/reader-gone.ts';
import { recordTextFor } from './terminal/record-text.ts';
import { searchHint } from './terminal/search-hint.ts';

const BACKFILL_MAX = 1000;

interface TailOptions extends FilterOptions, ShowOptions, UrlOption {
  backfill?: number;
  after?: string;
}

export const tailCommand = (stop: AbortSignal): Command =>
  withUrl(
    withShow(
      withFilter(
        new Command('tail')
          .description('Follow records as they are stored, until Ctrl-C.')
          .argument('[search...]', 'search language, as in `query`'),
      ),
    ),
  )
    .option('-b, --backfill <n>', 'show the newest n stored records first', asCount(0, BACKFILL_MAX))
    .option('--after <cursor>', 'continue after this cursor; not together with --backfill')
    .addHelpText(
      'after',
      `
If the connection is lost, the command waits and continues where it was: no record is missing, none comes twice.
At the end it prints on stderr how to continue from there.
${examples('weir tail', 'weir tail --backfill 20 --min-level warning', "weir tail 'service:billing -retry'", 'weir tail --json | jq .message')}`,
    )
    .action((search: string[], options: TailOptions) => tail(search, options, stop));

async function tail(search: string[], options: TailOptions, stop: AbortSignal): Promise<void> {
  const text = recordTextFor(process.stdout, options);
  const gone = await readerGone();
  const { url, after, backfill = 0 } = options;
  const filter = filterOf(search, options);
  const batches = reconnectingTail({ url, filter, after, backfill, stop: AbortSignal.any([stop, gone]), say });
  let cursor: string | undefined;
  let shown = 0;
  let saidNothing = backfill === 0;
  for await (const batch of batches) {
    if (cursor === undefined) {
      const hint = searchHint(search);
      say(`-- following ${url}, press Ctrl-C to end --`);
      if (hint !== undefined) say(`-- ${hint} --`);
    }
    if (batch.skipped > 0) say(`-- skipped ${batch.skipped} --`);
    if (batch.logs.length > 0) await print(batch.logs.map(text).join('\n'));
    shown += batch.logs.length;
    if (!saidNothing && batch.live) {
      if (shown === 0) say('-- no stored record matches, waiting for new ones --');
      saidNothing = true;
    }
    cursor = batch.cursor;
  }
  if (cursor !== undefined && !gone.aborted) say(`-- continue from here with --after ${cursor} --`);
}
