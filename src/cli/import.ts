import { createReadStream } from 'node:fs';
import { Command, Option } from 'commander';
import { BadUserInput, WeirError } from '../errors.ts';
import { parseDuration } from '../log/duration.ts';
import { now, shift, type Timestamp } from '../log/time.ts';
import { beginningOf } from '../log-file/bytes/beginning.ts';
import { asUtf8 } from '../log-file/bytes/charset.ts';
import { decompressed } from '../log-file/bytes/compression.ts';
import { UnreadableInput } from '../log-file/bytes/unreadable-input.ts';
import { type Clock, createClock } from '../log-file/formats/clock.ts';
import { isJsonFile, readJsonFile } from '../log-file/json-file.ts';
import { readLogFile } from '../log-file/log-file.ts';
import { LOG_FORMATS } from '../log-file/log-formats.ts';
import { importUrl, ingestUrl, sentence } from './client/api.ts';
import { IDENTITY_BYTES, keysOfContent, keysOfRun } from './import/import-keys.ts';
import { importLog, type Summary } from './import/import-log.ts';
import { createImportRun } from './import/import-run.ts';
import { type InputFile, inputFiles, STDIN } from './import/input-files.ts';
import { withPauses } from './import/input-pauses.ts';
import { summaryLines } from './import/summary-text.ts';
import { createUploader } from './import/uploader.ts';
import { asTimestamp, asTimeZone, examples, type UrlOption, withUrl } from './options.ts';
import { print, say } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';
import { createProgress } from './terminal/progress.ts';
import { count, number } from './terminal/quantity.ts';

const READ_BYTES = 256 * 1024;
/** If a pipe sends nothing for this long, what it sent so far is stored. */
const QUIET_MS = 1000;
const JSON_FORMAT = 'json';

/** The file cannot be read, or not all of it could be stored. */
class ImportFailed extends WeirError {
  readonly code = 'IMPORT_FAILED';
}

interface ImportOptions extends UrlOption {
  service?: string;
  format?: string;
  timezone: string;
  since?: Limit;
  until?: Limit;
  again?: true;
  /** False with `--no-progress`. */
  progress: boolean;
}

export const importCommand = (stop: AbortSignal): Command =>
  withUrl(
    new Command('import')
      .description('Store the records of log files, in their order in the file.')
      .argument(
        '<file...>',
        "log files, or patterns like 'logs/*.gz'; - for stdin. Read as text, gzip, zstd or brotli",
      ),
  )
    .option('-s, --service <name>', 'the service of records that name none (default: unknown_service)')
    .addOption(
      new Option('-f, --format <name>', 'the format of the files (default: detected from the first lines)').choices([
        JSON_FORMAT,
        ...LOG_FORMATS.map(({ name }) => name),
      ]),
    )
    .option('--timezone <name>', 'the time zone of times without one, like Europe/Berlin', asTimeZone, 'UTC')
    .option(
      '--since <time>',
      'only records from this time on, like 2026-11-21T20:06:40Z, or of the last 2h',
      asTimeOrAge,
    )
    .option('--until <time>', 'only records before this time', asTimeOrAge)
    .option('--again', 'store records that an earlier import of the same file stored, once more')
    .option('--no-progress', 'store no records about the progress of a long import')
    .addHelpText(
      'after',
      `
An import that was interrupted continues when you run the same command again: what is stored is not stored twice. The
server knows a file by its first 64 KiB and these options, for as long as CURSOR_RETENTION (7 days).
A long import is a run that \`weir runs\` shows.
${examples(
  'weir import /var/log/nginx/access.log --service web',
  "weir import '/var/log/nginx/access.log*' --since 2026-11-20",
  'weir import auth.log --timezone Europe/Berlin',
  'kubectl logs -f deploy/api | weir import - --service api',
)}`,
    )
    .action((files: string[], options: ImportOptions) => runImport(files, options, stop));

/** A time, or a duration before now. An age moves with the clock, so an import with one cannot be continued. */
interface Limit {
  at: Timestamp;
  isAge: boolean;
}

function asTimeOrAge(text: string): Limit {
  const age = parseDuration(text);
  return age === undefined ? { at: asTimestamp(text), isAge: false } : { at: shift(now(), -age), isAge: true };
}

/** Whether the same command, run again, continues this import. */
const isContinuable = ({ size }: InputFile, { since, until, again }: ImportOptions): boolean =>
  size !== null && !again && !since?.isAge && !until?.isAge;

/** Whether the error concerns this file only. */
const isOfFile = (error: unknown, { path }: InputFile): boolean =>
  error instanceof ImportFailed ||
  error instanceof UnreadableInput ||
  (error as NodeJS.ErrnoException | null)?.path === path;

async function runImport(args: string[], options: ImportOptions, stop: AbortSignal): Promise<void> {
  const { since, until } = options;
  if (since !== undefined && until !== undefined && since.at >= until.at) {
    throw new BadUserInput(`--since: expected a time before --until (${until.at}), got ${since.at}`);
  }
  const files = await inputFiles(args);
  let records = 0;
  let failed = 0;
  for (const file of files) {
    try {
      records += (await importFile(file, options, stop)).records;
    } catch (error) {
      // One bad file does not keep the others from being stored. Without a server, all of them fail.
      if (files.length === 1 || !isOfFile(error, file)) throw error;
      say(`weir: ${printable(file.name)}: ${sentence(error)}`);
      failed++;
    }
  }
  if (files.length > 1) await print(`${count(records, 'record')} stored from ${count(files.length - failed, 'file')}`);
  if (failed > 0)
    throw new ImportFailed(`${number(failed)} of ${number(files.length)} files were not stored completely`);
}

async function importFile(file: InputFile, options: ImportOptions, stop: AbortSignal): Promise<Summary> {
  const { service, format, since, until } = options;
  const progress = createProgress(process.stderr, file.size);
  const url = importUrl(options.url);
  const uploader = createUploader({
    url,
    stop,
    onRetry: (reason, waitMs) => progress.say(`${printable(reason)}; retrying in ${(waitMs / 1000).toFixed(1)} s`),
  });
  const startedAt = performance.now();
  let bytesRead = 0;
  let found = '';
  let stored = 0;
  let run: ReturnType<typeof createImportRun> | undefined;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of open(file.path, stop)) {
      bytesRead += chunk.length;
      yield chunk;
    }
  };
  const onFormat = (name: string): void => {
    found = name;
    progress.say(`${printable(file.name)}: ${format ? 'read as' : 'looks like'} ${name}`);
  };
  try {
    const clock = createClock({ timeZone: options.timezone, now: file.writtenAt });
    const source = await openLog(file, counted(), options, clock, onFormat);
    if (options.progress)
      run = createImportRun({
        url: ingestUrl(options.url),
        id: source.keys.run,
        name: file.name,
        bytesTotal: file.size,
      });
    const summary = await importLog({
      ...source,
      since: since?.at,
      until: until?.at,
      service,
      uploader,
      onStored: (soFar) => {
        stored = soFar.records;
        progress.update(soFar.records, bytesRead);
        run?.update(soFar, bytesRead);
      },
    });
    await run?.end(summary.rejected > 0 ? 'failed' : 'succeeded', summary);
    progress.end();
    await report(file, summary, found, options, performance.now() - startedAt);
    return summary;
  } catch (error) {
    progress.end();
    await run?.end(stop.aborted ? 'cancelled' : 'failed', null);
    if (stop.aborted || stored === 0 || error instanceof ImportFailed) throw error;
    const resume = isContinuable(file, options) ? '; the same command continues there' : '';
    throw new ImportFailed(
      `${(error as Error).message}; ${number(stored)} records were stored before the error${resume}`,
      {
        cause: error,
      },
    );
  }
}

/** The entries of a file or pipe, and the keys that they are stored under. */
async function openLog(
  file: InputFile,
  bytes: AsyncIterable<Uint8Array>,
  options: ImportOptions,
  clock: Clock,
  onFormat: (name: string) => void,
) {
  const { service, format, timezone, since, until } = options;
  const isPipe = file.size === null;
  // Of a pipe only what has come is looked at, so that its first records need not wait for more.
  const plain = await beginningOf(decompressed(bytes), isPipe ? 1 : IDENTITY_BYTES);
  const text = await beginningOf(asUtf8(plain.whole, isPipe ? 1 : undefined), 1);
  const keys = isContinuable(file, options)
    ? keysOfContent(plain.begin, [format, timezone, service, since?.at, until?.at])
    : keysOfRun();
  if (format === JSON_FORMAT || (format === undefined && isJsonFile(text.begin))) {
    onFormat(JSON_FORMAT);
    return { keys, entries: readJsonFile(text.begin, text.whole, clock) };
  }
  const entries = readLogFile({
    bytes: isPipe ? withPauses(text.whole, QUIET_MS) : text.whole,
    format: LOG_FORMATS.find((known) => known.name === format),
    clock,
    onFormat,
  });
  return { keys, entries };
}

const open = (path: string, signal: AbortSignal): AsyncIterable<Uint8Array> =>
  path === STDIN ? process.stdin : createReadStream(path, { highWaterMark: READ_BYTES, signal });

/** @throws ImportFailed if records were rejected */
async function report(
  { name }: InputFile,
  summary: Summary,
  found: string,
  { service, format, timezone }: ImportOptions,
  elapsedMs: number,
): Promise<void> {
  const shaping = [
    ...(format === undefined ? [] : ['--format']),
    ...(timezone === 'UTC' ? [] : ['--timezone']),
    ...(service === undefined ? [] : ['--service']),
  ];
  const options = shaping.length > 0 ? shaping.join(', ') : null;
  const lines = summaryLines(summary, {
    name,
    format: found,
    formatGiven: format !== undefined,
    elapsedMs,
    options,
    service,
  });
  await print(lines.join('\n'));
  const { records, duplicates, rejected } = summary;
  if (rejected > 0)
    throw new ImportFailed(`${number(rejected)} of ${number(records + duplicates + rejected)} records were rejected`);
}
