import { FACET_FIELDS } from '../log/fields.ts';
import { builder } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';

const LogField = builder.enumType('LogField', {
  description: 'A field of `Log` whose values can be counted.',
  values: {
    LEVEL: { description: '`level`, by its name.' },
    ...enumOfFields(FACET_FIELDS, (field) => `\`${field}\`.`),
  },
});

export const FieldRef = builder.inputType('FieldRef', {
  isOneOf: true,
  description: 'The values to count: those of a field, or those of an attribute. Exactly one of the two must be given.',
  fields: (t) => ({
    field: t.field({ type: LogField, description: 'A field of `Log`.' }),
    attribute: t.stringList({
      description: 'The path of an attribute: one key for each level, as in `AttributeFilter`.',
    }),
  }),
});
