import { FACET_FIELDS } from '../log/fields.ts';
import { PAGE_MAX } from '../resolvers/arguments.ts';
import { facets } from '../resolvers/facets.ts';
import { builder, costs } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';
import { LogFilter } from './filter.ts';
import { ValueCount } from './stats.ts';
import { LAST_DAY, TimeRangeInput } from './time.ts';

const LogField = builder.enumType('LogField', {
  description: 'A field of `Log` that has few enough values to be counted one by one.',
  values: {
    LEVEL: { description: '`level`, by its name.' },
    ...enumOfFields(FACET_FIELDS, (field) => `\`${field}\`.`),
  },
});

const FieldRef = builder.inputType('FieldRef', {
  isOneOf: true,
  description: 'What to count by: a field, or a value inside `attributes`. Exactly one of them.',
  fields: (t) => ({
    field: t.field({ type: LogField, description: 'A field of `Log`.' }),
    attribute: t.stringList({
      description: 'The path of an attribute, one key for each step, as in `AttributeFilter`.',
    }),
  }),
});

builder.queryField('facets', (t) =>
  t.field({
    ...costs({ statements: 1, size: ({ first }) => first }),
    type: [ValueCount],
    nullable: true,
    description:
      'The most common values of a field or an attribute, for menus and counts. Records without one are counted under null.',
    args: {
      by: t.arg({ type: FieldRef, required: true, description: 'What to count by.' }),
      filter: t.arg({ type: LogFilter, description: 'Which records; left out: all.' }),
      time: t.arg({ type: TimeRangeInput, required: true, defaultValue: LAST_DAY, description: 'When they happened.' }),
      first: t.arg.int({ required: true, defaultValue: 20, description: `Values at most, 1 to ${PAGE_MAX}.` }),
    },
    resolve: (_, args, context) => facets(args, context),
  }),
);
