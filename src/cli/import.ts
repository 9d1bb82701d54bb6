import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { WeirError } from '../errors.ts';
import { now } from '../log/time.ts';
import { createClock } from '../log-file/formats/clock.ts';
import { LOG_FORMATS } from '../log-file/log-formats.ts';
import { ingestUrl } from './client/api.ts';
import { importLog, type Summary } from './import/import-log.ts';
import { withPauses } from './import/input-pauses.ts';
import { createUploader } from './import/uploader.ts';
import { examples, type UrlOption, withUrl } from './options.ts';
import { print } from './terminal/output.ts';
import { printable } from './terminal/printable.ts';
import { createProgress, ratePerSecond } from './terminal/progress.ts';
import { number } from './terminal/quantity.ts';

const READ_BYTES = 256 * 1024;
/** If a pipe sends nothing for this long, what it sent so far is stored. */
const QUIET_MS = 1000;

/** The file cannot be read, or not all of it could be stored. */
class ImportFailed extends WeirError {
  readonly code = 'IMPORT_FAILED';
}

interface ImportOptions extends UrlOption {
  service?: string;
  format?: string;
  timezone: string;
}

export const importCommand = (stop: AbortSignal): Command =>
  withUrl(
    new Command('import')
      .description('Store the records of a log file, in their order in the file.')
      .argument('<file>', 'a log file; - for stdin'),
  )
    .option('-s, --service <name>', 'the service of records that name none (default: unknown_service)')
    .addOption(
      new Option('-f, --format <name>', 'the format of the file (default: detected from the first lines)').choices(
        LOG_FORMATS.map(({ name }) => name),
      ),
    )
    .option('--timezone <name>', 'the time zone of times without one, like Europe/Berlin', asTimeZone, 'UTC')
    .addHelpText(
      'after',
      examples(
        'weir import /var/log/nginx/access.log --service web',
        'weir import auth.log --timezone Europe/Berlin',
        'kubectl logs -f deploy/api | weir import - --service api',
      ),
    )
    .action((file: string, options: ImportOptions) => runImport(file, options, stop));

function asTimeZone(name: string): string {
  try {
    createClock({ timeZone: name, now: now() });
    return name;
  } catch {
    throw new InvalidArgumentError('Expected an IANA time zone name like Europe/Berlin.');
  }
}

async function runImport(
  file: string,
  { service, format, timezone, url }: ImportOptions,
  stop: AbortSignal,
): Promise<void> {
  const name = file === '-' ? 'stdin' : basename(file);
  const size = await sizeOf(file);
  const progress = createProgress(process.stderr, size);
  const startedAt = performance.now();
  let bytesRead = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of open(file, stop)) {
      bytesRead += chunk.length;
      yield chunk;
    }
  };
  let stored = 0;
  try {
    const summary = await importLog({
      bytes: size === null ? withPauses(counted(), QUIET_MS) : counted(),
      format: LOG_FORMATS.find((known) => known.name === format),
      clock: createClock({ timeZone: timezone, now: now() }),
      service,
      uploader: createUploader({
        url: ingestUrl(url),
        stop,
        onRetry: (reason, waitMs) => progress.say(`${printable(reason)}; retrying in ${(waitMs / 1000).toFixed(1)} s`),
      }),
      onStart: (found) => progress.say(`${printable(name)}: ${format ? 'read as' : 'looks like'} ${found}`),
      onStored: (records) => {
        stored = records;
        progress.update(records, bytesRead);
      },
    });
    progress.end();
    await report(name, summary, performance.now() - startedAt);
  } catch (error) {
    progress.end();
    if (stop.aborted || stored === 0) throw error;
    throw new ImportFailed(`${(error as Error).message}; ${number(stored)} records were stored before the error`, {
      cause: error,
    });
  }
}

async function sizeOf(file: string): Promise<number | null> {
  if (file === '-') return null;
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw new ImportFailed(`expected a file, got a directory: ${file}`);
    return stats.isFile() ? stats.size : null;
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw new ImportFailed(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

const open = (file: string, signal: AbortSignal): AsyncIterable<Uint8Array> =>
  file === '-' ? process.stdin : createReadStream(file, { highWaterMark: READ_BYTES, signal });

/** @throws ImportFailed if records were rejected */
async function report(name: string, summary: Summary, elapsedMs: number): Promise<void> {
  const { format, records, duplicates, rejected, rejections } = summary;
  const took = `${(elapsedMs / 1000).toFixed(1)} s, ${number(ratePerSecond(records, elapsedMs))}/s`;
  await print(
    `${printable(name)}: ${number(records)} records stored, ${number(duplicates)} duplicates, ${number(rejected)} rejected ` +
      `(${format || 'empty'}, ${took})`,
  );
  for (const { line, code, reason } of rejections) await print(`  line ${line}: ${code}: ${printable(reason)}`);
  if (rejected > rejections.length) await print(`  and ${number(rejected - rejections.length)} more`);
  if (rejected > 0)
    throw new ImportFailed(`${number(rejected)} of ${number(records + duplicates + rejected)} records were rejected`);
}
