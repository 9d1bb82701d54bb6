import type { LogFormat } from './log-format.ts';

/** Every line is the message of a record. The lines of a stack trace belong to the record before them. */
export const textFormat: LogFormat = {
  name: 'text',
  continues: (_, isOfTrace) => isOfTrace,
  parse: () => undefined,
};
