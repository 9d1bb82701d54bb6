import type { CleanupResult as CleanupResultShape } from '../db/cleanup/cleanup.ts';
import { cleanUp } from '../resolvers/cleanup.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';

const CleanupCutoff = builder.inputType('CleanupCutoff', {
  isOneOf: true,
  description: 'Selects records by `timestamp`. Exactly one of the two fields must be given.',
  fields: (t) => ({
    olderThan: t.field({ type: 'Duration', description: 'Deletes records older than this.' }),
    before: t.field({ type: 'DateTime', description: 'Deletes records before this time.' }),
  }),
});

const CleanupInput = builder.inputType('CleanupInput', {
  description: 'Which records to delete: those before the cutoff that match the filter.',
  fields: (t) => ({
    cutoff: t.field({
      type: CleanupCutoff,
      required: true,
      description: 'The age or time before which records are deleted.',
    }),
    filter: t.field({
      type: LogFilter,
      description:
        'Deletes only matching records. If omitted, all records before the cutoff are deleted. `{}` and null are errors here and at any depth inside, because they may come from a variable that was not set.',
    }),
    dryRun: t.boolean({
      required: true,
      description: 'If true, nothing is deleted. The result says what would be deleted.',
    }),
    timeLimit: t.field({
      type: 'Duration',
      required: true,
      defaultValue: 30_000,
      description:
        'After this time the clean-up stops with `complete: false`. Records that are already deleted stay deleted. Call again to continue. At most `PT1H`.',
    }),
  }),
});

const CleanupResult = builder.objectRef<CleanupResultShape>('CleanupResult');
CleanupResult.implement({
  description: 'What a clean-up deleted. In a dry run: what it would delete.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether this was a dry run.' }),
    complete: t.exposeBoolean('complete', {
      description:
        'False if the clean-up stopped at `timeLimit`, or because files of the archive hold too many removed records.',
    }),
    matched: t.expose('matched', {
      type: 'SafeInt',
      description: 'The number of records that match. Exact if `complete` is true, also in a dry run.',
    }),
    deleted: t.expose('deleted', { type: 'SafeInt', description: 'The number of deleted records; 0 in a dry run.' }),
    partitionsDropped: t.exposeStringList('partitionsDropped', {
      ...costs({ size: 200 }),
      description:
        'Partitions that were dropped as a whole, archived ones too. In a dry run: those that would be dropped.',
    }),
    freedBytes: t.expose('freedBytes', {
      type: 'SafeInt',
      description:
        'Disk space that was freed, in bytes. Of archived records it counts whole files only, which are deleted when no reader needs them any more.',
    }),
    tookMs: t.exposeFloat('tookMs', { description: 'The duration of the clean-up, in milliseconds.' }),
  }),
});

builder.mutationField('cleanup', (t) =>
  t.field({
    type: CleanupResult,
    description: 'Deletes old records permanently. Only one clean-up runs at a time.',
    args: { input: t.arg({ type: CleanupInput, required: true, description: 'Which records to delete, and how.' }) },
    resolve: (_, { input }, context) => cleanUp(input, context),
  }),
);
