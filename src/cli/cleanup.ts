import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { BadUserInput } from '../errors.ts';
import { request } from './client/api.ts';
import {
  asDuration,
  asTimestamp,
  examples,
  type FilterOptions,
  filterOf,
  type UrlOption,
  withFilter,
  withUrl,
} from './options.ts';
import { print, say } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';
import { count, size } from './terminal/quantity.ts';

interface CleanupOptions extends FilterOptions, UrlOption {
  olderThan?: string;
  before?: string;
  search?: string;
  dryRun?: true;
  yes?: true;
}

interface CleanupResult {
  complete: boolean;
  matched: number;
  deleted: number;
  partitionsDropped: string[];
  freedBytes: number;
}

export const cleanupCommand = (stop: AbortSignal): Command =>
  withUrl(
    withFilter(
      new Command('cleanup')
        .description('Delete old records permanently.')
        .option('--older-than <duration>', 'records older than this, like 30d', asDuration)
        .addOption(
          new Option('--before <time>', 'records before this time').argParser(asTimestamp).conflicts('olderThan'),
        )
        .option('--search <search>', 'only records that this search finds, as in `query`'),
    ),
  )
    .option('--dry-run', 'show what would be deleted, delete nothing')
    .option('-y, --yes', 'do not ask; needed where there is no terminal to ask')
    .addHelpText(
      'after',
      examples(
        'weir cleanup --older-than 30d --dry-run',
        'weir cleanup --older-than 7d --search level:debug --service web --yes',
      ),
    )
    .action((options: CleanupOptions) => cleanup(options, stop));

async function cleanup(options: CleanupOptions, stop: AbortSignal): Promise<void> {
  const { olderThan, before } = options;
  if (olderThan === undefined && before === undefined) {
    throw new BadUserInput('expected --older-than or --before, got neither');
  }
  const input = {
    cutoff: olderThan === undefined ? { before } : { olderThan },
    filter: filterOf(options.search === undefined ? [] : [options.search], options),
  };
  if (options.dryRun) {
    await print(cleanupText(await run(options.url, { ...input, dryRun: true }, stop), 'would be deleted'));
    return;
  }
  if (!options.yes) {
    if (!(process.stdin.isTTY && process.stderr.isTTY)) {
      throw new BadUserInput(
        'expected --yes, because there is no terminal to ask before records are deleted (--dry-run shows which)',
      );
    }
    const preview = cleanupText(
      await run(options.url, { ...input, dryRun: true }, stop),
      'will be deleted permanently',
    );
    if (!(await confirm(preview, stop))) {
      say('Nothing was deleted.');
      return;
    }
  }
  await print(cleanupText(await runUntilComplete(options.url, { ...input, dryRun: false }, stop), 'deleted'));
}

const CLEANUP = `mutation Cleanup($input: CleanupInput!) {
  cleanup(input: $input) { complete matched deleted partitionsDropped freedBytes }
}`;

interface Input {
  cutoff: { olderThan?: string | undefined; before?: string | undefined };
  dryRun: boolean;
}

async function run(url: string, input: Input, stop: AbortSignal): Promise<CleanupResult> {
  const operation = { query: CLEANUP, variables: { input } };
  return (await request<{ cleanup: CleanupResult }>(url, operation, stop)).cleanup;
}

/** The server stops at its time limit. Repeats the request until all is deleted. */
async function runUntilComplete(url: string, input: Input, stop: AbortSignal): Promise<CleanupResult> {
  const sum: CleanupResult = { complete: false, matched: 0, deleted: 0, partitionsDropped: [], freedBytes: 0 };
  while (!sum.complete) {
    const result = await run(url, input, stop);
    sum.complete = result.complete;
    sum.matched += result.deleted;
    sum.deleted += result.deleted;
    sum.partitionsDropped.push(...result.partitionsDropped);
    sum.freedBytes += result.freedBytes;
    if (!sum.complete) say(`-- ${count(sum.deleted, 'record')} deleted so far --`);
  }
  return sum;
}

export function cleanupText({ complete, matched, partitionsDropped, freedBytes }: CleanupResult, verb: string): string {
  const partitions =
    partitionsDropped.length > 0 ? `; whole partitions: ${partitionsDropped.map(printable).join(', ')}` : '';
  const freed = freedBytes > 0 ? `, ${size(freedBytes)}` : '';
  return `${complete ? '' : 'at least '}${count(matched, 'record')}${freed} ${verb}${partitions}`;
}

/** @throws AbortError at Ctrl-C and Ctrl-D */
async function confirm(preview: string, stop: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.on('SIGINT', () => closed.abort()).on('close', () => closed.abort());
  try {
    const signal = AbortSignal.any([stop, closed.signal]);
    return /^y(es)?$/i.test((await terminal.question(`${preview}. Continue? [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
