import { FACET_FIELDS } from '../log/fields.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { facets } from '../resolvers/facets.ts';
import { builder, costs } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';
import { LogFilter } from './filter.ts';
import { ValueCount } from './stats.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

const LogField = builder.enumType('LogField', {
  description: 'A field of `Log` whose values can be counted.',
  values: {
    LEVEL: { description: '`level`, by its name.' },
    ...enumOfFields(FACET_FIELDS, (field) => `\`${field}\`.`),
  },
});

const FieldRef = builder.inputType('FieldRef', {
  isOneOf: true,
  description: 'The values to count: those of a field, or those of an attribute. Exactly one of the two must be given.',
  fields: (t) => ({
    field: t.field({ type: LogField, description: 'A field of `Log`.' }),
    attribute: t.stringList({
      description: 'The path of an attribute: one key for each level, as in `AttributeFilter`.',
    }),
  }),
});

builder.queryField('facets', (t) =>
  t.field({
    ...costs({ statements: 1, size: ({ first }) => first }),
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
