import type { CleanupResult as CleanupResultShape } from '../db/cleanup/cleanup.ts';
import { cleanUp } from '../resolvers/cleanup.ts';
import { builder, costs } from './builder.ts';
import { LogFilter } from './filter.ts';

const CleanupCutoff = builder.inputType('CleanupCutoff', {
  isOneOf: true,
  description: 'Up to which `timestamp` records go. Exactly one of the two.',
  fields: (t) => ({
    olderThan: t.field({ type: 'Duration', description: 'Records that are older than this.' }),
    before: t.field({ type: 'DateTime', description: 'Records before this time.' }),
  }),
});

const CleanupInput = builder.inputType('CleanupInput', {
  description: 'Which records go: those before the cutoff that match the filter.',
  fields: (t) => ({
    cutoff: t.field({ type: CleanupCutoff, required: true, description: 'Up to which time.' }),
    filter: t.field({
      type: LogFilter,
      description:
        'Only these; left out: all before the cutoff. `{}` and null, here or anywhere inside, are errors: they look like a variable that was not set.',
    }),
    dryRun: t.boolean({ required: true, description: 'True: only say what would go.' }),
    timeLimit: t.field({
      type: 'Duration',
      required: true,
      defaultValue: 30_000,
      description:
        'Past it the clean-up stops with `complete: false`; what is removed stays removed. Call again to go on. At most `PT1H`.',
    }),
  }),
});

const CleanupResult = builder.objectRef<CleanupResultShape>('CleanupResult');
CleanupResult.implement({
  description: 'What a clean-up removed, or would remove.',
  fields: (t) => ({
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether it only looked.' }),
    complete: t.exposeBoolean('complete', { description: 'False where `timeLimit` ended it.' }),
    matched: t.expose('matched', {
      type: 'SafeInt',
      description: 'Records that match. Exact where `complete`, in a dry run too.',
    }),
    deleted: t.expose('deleted', { type: 'SafeInt', description: 'Records removed; 0 in a dry run.' }),
    partitionsDropped: t.exposeStringList('partitionsDropped', {
      ...costs({ size: 200 }),
      description: 'Partitions that went as a whole, or in a dry run would go.',
    }),
    freedBytes: t.expose('freedBytes', { type: 'SafeInt', description: 'Room that the disk got back at once.' }),
    tookMs: t.exposeFloat('tookMs', { description: 'How long it took, in milliseconds.' }),
  }),
});

builder.mutationField('cleanup', (t) =>
  t.field({
    type: CleanupResult,
    description: 'Removes old records for good. One clean-up runs at a time.',
    args: { input: t.arg({ type: CleanupInput, required: true, description: 'Which records go, and how.' }) },
    resolve: (_, { input }, context) => cleanUp(input, context),
  }),
);
