import type { LogFormat } from './log-format.ts';
import { isTraceLine } from './stack-trace.ts';

/** Every line is the message of a record. The lines of a stack trace belong to the record before them. */
export const textFormat: LogFormat = {
  name: 'text',
  continues: isTraceLine,
  parse: () => undefined,
};
