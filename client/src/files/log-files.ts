import { join } from 'node:path';
import { openDayFile } from './day-file.ts';
import { keepFiles } from './keep.ts';
import { type FileRecord, levelOf, productionLine, stackLines } from './production-line.ts';

export interface LogFilesOptions {
  /** Names the debug files. */
  topic: string;
  /** Default `logs`. */
  dir?: string;
  /** The least level in the debug files. Default `LOG_LEVEL_DEBUG`, or `trace`. */
  debugLevel?: string;
  /** The least level in the operations files. Default `LOG_LEVEL_OPERATIONS`, or `info`. */
  operationsLevel?: string;
  /** How many days back files are kept. Default 14. */
  keepDays?: number;
  /** A file that is larger is followed by another of the same day. Default 256 MiB. */
  fileBytesMax?: number;
  /** Of the files of each kind together, packed ones as they are packed. Default 1 GiB. */
  keepBytesMax?: number;
}

/** The three kinds of log files of a program. Also a stream that pino can write to. */
export interface LogFiles {
  /** One or more JSON lines. Never throws. */
  write(lines: string): void;
  close(): Promise<void>;
}

const ERROR = 50;
const KEEP_EVERY_MS = 60 * 60_000;
const MIB = 1024 * 1024;
const TOPIC = /^\w[\w.-]{0,99}$/;

/**
 * `debug/TOPIC-DAY.log` has every line as it came. `production/` has lines for people: `operations` those that mean something,
 * `errors` only errors, with their stacks, `metrics` only business figures.
 * @throws the topic cannot be a file's name
 */
export function createLogFiles(options: LogFilesOptions, now = Date.now): LogFiles {
  const { topic, dir = 'logs', keepDays = 14, fileBytesMax = 256 * MIB, keepBytesMax = 1024 * MIB } = options;
  if (typeof topic !== 'string' || !TOPIC.test(topic)) {
    throw new Error(`topic: expected letters, digits, "_", "." and "-", at most 100; got ${JSON.stringify(topic)}`);
  }
  const debugLevel = leastLevel(options.debugLevel ?? process.env.LOG_LEVEL_DEBUG, 'trace');
  const operationsLevel = leastLevel(options.operationsLevel ?? process.env.LOG_LEVEL_OPERATIONS, 'info');
  const onError = (error: Error): void =>
    process.emitWarning(`weir-client: a log file cannot be written: ${error.message}`);
  const kinds = [
    { folder: join(dir, 'debug'), name: topic, format: (record: FileRecord) => JSON.stringify(record) },
    ...['operations', 'errors', 'metrics'].map((name) => ({
      folder: join(dir, 'production'),
      name,
      format: productionLine,
    })),
  ].map((kind) => ({ ...kind, file: openDayFile({ ...kind, bytesMax: fileBytesMax, onError, now }) }));
  const [debug, operations, errors, metrics] = kinds.map(({ file }) => file);

  function writeRecord(line: string, record: FileRecord | undefined): void {
    const level = record ? levelOf(record) : ERROR;
    if (level >= debugLevel) debug!.write(`${line}\n`);
    if (!record || isRunningProgress(record)) return;
    const isMetric = record.component === 'metrics';
    if (!isMetric && level < operationsLevel && level < ERROR) return;
    const production = `${productionLine(record)}\n`;
    if (isMetric) metrics!.write(production);
    else if (level >= operationsLevel) operations!.write(production);
    if (!isMetric && level >= ERROR) errors!.write(`${production}${stackLines(record)}`);
  }

  const leaving = new AbortController();
  let keeping = keepAll();
  async function keepAll(): Promise<void> {
    for (const kind of kinds) {
      await keepFiles({ ...kind, days: keepDays, bytesMax: keepBytesMax }, now(), leaving.signal).catch(() => {});
    }
  }
  const timer = setInterval(() => {
    keeping = keeping.then(keepAll);
  }, KEEP_EVERY_MS).unref();

  return {
    write(lines) {
      for (const line of lines.split('\n')) if (line !== '') writeRecord(line, parsed(line));
    },
    async close() {
      clearInterval(timer);
      leaving.abort();
      await Promise.all([keeping, ...kinds.map(({ file }) => file.close())]);
    },
  };
}

/** Progress comes every second; its end is what means something. */
const isRunningProgress = ({ progress }: FileRecord): boolean =>
  (progress as { status?: unknown } | undefined)?.status === 'running';

/** Undefined: no JSON object. The debug file has the line all the same. */
function parsed(line: string): FileRecord | undefined {
  try {
    const record = JSON.parse(line);
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

/** An empty or unknown word is as none. */
function leastLevel(word: string | undefined, otherwise: string): number {
  const known = /^(trace|debug|info|warn|warning|error|fatal)$/i.test(word ?? '');
  return levelOf({ level: known ? word : otherwise });
}
