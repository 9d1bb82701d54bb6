import { contextFields } from './context.ts';
import { createCore } from './sender/core.ts';
import { closeAtExit } from './sender/exit.ts';
import { type SenderOptions, settingsOf } from './sender/options.ts';
import { recordLine } from './sender/record-line.ts';

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevel = keyof typeof LEVELS;

export interface CreateSenderOptions extends SenderOptions {
  /** Records below it are not sent. Also `LOG_LEVEL`; otherwise `info`. */
  level?: LogLevel | 'silent';
  /** Fields of every record. */
  fields?: object;
}

/** As pino: `(fields, message)`, or `(error, message)`. As the console: `(message, fields)`. */
export interface WriteRecord {
  (fields: object, message?: string): void;
  (message: string, fields?: object): void;
}

/** A logger that writes to Weir alone. It is also a `RecordLog`. */
export interface Sender extends Record<LogLevel, WriteRecord> {
  /** As `info`. */
  log: WriteRecord;
  /** The same sender, with more fields in every record. */
  child(fields: object): Sender;
  /** Resolves when everything written before is stored, or in the spool. */
  flush(): Promise<void>;
  /** Sends what waits. What cannot be sent in time is in the spool. Later records are dropped. */
  close(): Promise<void>;
}

/**
 * Opens a sender for a program without a logging library. It works in the thread that calls it; `weir-client/pino` works in a
 * thread of its own. Each record has the fields of its context. When the process ends, what waits is sent, or spooled.
 */
export function createSender({ level, fields = {}, ...options }: CreateSenderOptions = {}): Sender {
  const core = closeAtExit(createCore(settingsOf(options), options.onProblem));
  const least = leastOf(level ?? process.env.LOG_LEVEL);

  function senderWith(base: object): Sender {
    const writer = (name: LogLevel): WriteRecord => {
      if (LEVELS[name] < least) return () => {};
      const isUrgent = LEVELS[name] >= LEVELS.error;
      return (first: object | string, second?: object | string) => {
        const [own, message] = fieldsAndMessage(first, second);
        const head = { level: name, time: Date.now() };
        core.write(recordLine(head, [base, contextFields(), own], message), isUrgent);
      };
    };
    const info = writer('info');
    return {
      trace: writer('trace'),
      debug: writer('debug'),
      info,
      log: info,
      warn: writer('warn'),
      error: writer('error'),
      fatal: writer('fatal'),
      child: (more) => senderWith({ ...base, ...more }),
      flush: core.flush,
      close: core.close,
    };
  }

  return senderWith(fields);
}

/** An unknown word is as none. */
function leastOf(level: string | undefined): number {
  if (level === 'silent') return Number.POSITIVE_INFINITY;
  return LEVELS[level?.toLowerCase() as LogLevel] ?? LEVELS.info;
}

function fieldsAndMessage(first: object | string, second: object | string | undefined): [object?, string?] {
  const [fields, message] = (typeof first === 'object' ? [first, second] : [second, first]) as [object?, string?];
  return [fields instanceof Error ? { err: fields } : fields, message];
}
