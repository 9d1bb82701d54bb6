import { type Facet, isRolledUp } from '../db/stats/facets.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { readsRows } from '../resolvers/counted-rows.ts';
import { facets } from '../resolvers/facets.ts';
import { builder, costs } from './builder.ts';
import { FieldRef } from './field-ref.ts';
import { LogFilter } from './filter.ts';
import { ValueCount } from './stats.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

builder.queryField('facets', (t) =>
  t.field({
    ...costs({
      statements: 1,
      reads: 'counts',
      countsRows: ({ by, filter }, scope) => !(by && isRolledUp(by as Facet)) || readsRows(filter, scope),
      size: ({ first }) => first,
    }),
    type: [ValueCount],
    nullable: true,
    description:
      'The most common values of a field or an attribute, with their counts. Records without a value are counted as null.',
    args: {
      by: t.arg({ type: FieldRef, required: true, description: 'The field or attribute.' }),
      filter: t.arg({ type: LogFilter, description: 'Which records. If omitted, all.' }),
      time: t.arg({
        type: TimeRangeInput,
        required: true,
        defaultValue: LAST_DAY,
        description: 'The time range of the records.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `The most values to return, 0 to ${PAGE_MAX}.`,
      }),
    },
    resolve: (_, args, context) => facets(args, context),
  }),
);
