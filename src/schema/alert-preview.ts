import { TEXT_LENGTH_MAX } from '../log/filter/filter.ts';
import { timestampFromMs } from '../log/time.ts';
import { type AlertPreview as AlertPreviewShape, alertPreview } from '../resolvers/alert-preview.ts';
import { readsRows } from '../resolvers/counted-rows.ts';
import type { PreviewMinute } from '../watch/alerts/preview.ts';
import { ruleInputs } from './alerts.ts';
import { builder, costs } from './builder.ts';
import { LAST_DAY, TimeRange, TimeRangeInput } from './time.ts';

/** A week of minutes of which every second one fires. */
const FIRINGS_MAX = (7 * 24 * 60) / 2;

const AlertPreviewInput = builder.inputType('AlertPreviewInput', {
  description: 'What an alert would evaluate.',
  fields: (t) => ({
    query: t.string({
      required: true,
      description: `Which records, in the search language: at most ${TEXT_LENGTH_MAX} characters.`,
    }),
    ...ruleInputs(t),
  }),
});

const AlertValue = builder.objectRef<PreviewMinute>('AlertValue');
AlertValue.implement({
  description: 'What an evaluation would have found.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'The whole minute.', resolve: ({ atMs }) => timestampFromMs(atMs) }),
    value: t.exposeFloat('value', { nullable: true, description: 'The value, as in `Alert.value`.' }),
    firing: t.exposeBoolean('isFiring', { description: 'Whether the alert would have fired.' }),
  }),
});

const AlertPreview = builder.objectRef<AlertPreviewShape>('AlertPreview');
AlertPreview.implement({
  description:
    'When an alert would have fired: the same evaluation at each whole minute of a range, over what is stored now and in the scope of the key. It starts as OK.',
  fields: (t) => ({
    evaluations: t.int({ description: 'The number of whole minutes.', resolve: ({ minutes }) => minutes.length }),
    firings: t.field({
      ...costs({ size: FIRINGS_MAX }),
      type: [TimeRange],
      description:
        'When it would have fired: each from the first minute that fires to the first that is OK, or to the end of the range.',
      resolve: ({ firings }) => firings,
    }),
    fired: t.exposeInt('fired', { description: 'The number of FIRED events that `cooldown` leaves.' }),
    values: t.field({
      ...costs({ size: ({ buckets }) => buckets }),
      type: [AlertValue],
      description: 'Values for a plot: the range in stretches, of each the minute that is nearest to firing.',
      args: {
        buckets: t.arg.int({
          required: true,
          defaultValue: 240,
          description: 'The most values to return, 1 to 1000.',
        }),
      },
      resolve: ({ values }, { buckets }) => values(buckets),
    }),
  }),
});

builder.queryField('alertPreview', (t) =>
  t.field({
    ...costs({
      statements: 2,
      reads: 'counts',
      countsRows: ({ input }, scope) => readsRows({ query: (input as { query: string }).query }, scope),
    }),
    type: AlertPreview,
    nullable: true,
    description: 'When an alert would have fired, before anyone is woken by it.',
    args: {
      input: t.arg({ type: AlertPreviewInput, required: true, description: 'What would be evaluated.' }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description:
          'The range, at most P7D; for NEW_ERROR at most P1D. Minutes that are not evaluated yet, 10 s after them, are left out.',
      }),
    },
    resolve: (_, args, context) => alertPreview(args, context),
  }),
);
