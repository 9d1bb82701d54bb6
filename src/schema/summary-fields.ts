import type { FieldMap } from '@pothos/core';
import type { Extent } from '../db/chains/chains.ts';
import type { builder } from './builder.ts';
import { LogLevel } from './level.ts';

type Types = (typeof builder)['$inferSchemaTypes'];

/** What is told alike of a chain, of a step in it and of a stage; `what` is its name in the descriptions. */
export function summaryFields<Shape extends Extent>(
  t: PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>,
  what: string,
): FieldMap {
  const fields = t as unknown as PothosSchemaTypes.ObjectFieldBuilder<Types, Extent>;
  return {
    startedAt: fields.expose('startedAt', {
      type: 'DateTime',
      description: `Timestamp of the first record of the ${what}.`,
    }),
    endedAt: fields.expose('endedAt', {
      type: 'DateTime',
      description: `Timestamp of the last record of the ${what}, so far.`,
    }),
    durationMs: fields.exposeFloat('durationMs', {
      description: 'From the first record to the last, in milliseconds.',
    }),
    logCount: fields.expose('logCount', { type: 'SafeInt', description: `Records of the ${what}.` }),
    errorCount: fields.expose('errorCount', { type: 'SafeInt', description: 'Records at ERROR or above among them.' }),
    highestLevel: fields.expose('highestLevel', { type: LogLevel, description: 'The highest level among them.' }),
  };
}
