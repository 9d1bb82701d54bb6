import { type DestinationStream, type Logger, pino } from 'pino';
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
