import { type DestinationStream, type Logger, multistream, pino, symbols } from 'pino';
import { hideSecretsIn, shownError } from './secrets.ts';

/** The serializers of every log: an error is shown without the properties that may hold a secret. */
export const SERIALIZERS = { err: shownError };

/** A log that writes no line with a secret, whatever a library puts into its messages. */
export function createLogger(level: string, secrets: readonly string[], destination: DestinationStream): Logger {
  const written = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const hide = (line: string): string =>
    written.some((secret) => line.includes(secret))
      ? `${JSON.stringify(hideSecretsIn(JSON.parse(line), secrets))}\n`
      : line;
  return pino({ level, serializers: SERIALIZERS, hooks: { streamWrite: hide } }, destination);
}

/**
 * Gives each line of `log` and of its children to `take` too, as it is written: without secrets. Call it before the first child is
 * made. A child finds the stream of its parent.
 */
export function alsoTo(log: Logger, take: (line: string) => void): void {
  const writing = log as Logger & { [symbols.streamSym]: DestinationStream };
  writing[symbols.streamSym] = multistream([
    { level: 'trace', stream: writing[symbols.streamSym] },
    { level: 'trace', stream: { write: take } },
  ]);
}
