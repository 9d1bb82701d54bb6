import { FACET_FIELDS } from '../log/fields.ts';
import { LLM_FACETS } from '../log/llm-fields.ts';
import { builder } from './builder.ts';
import { enumOfFields } from './enum-of-fields.ts';

export const LogField = builder.enumType('LogField', {
  description: 'A field of `Log` whose values can be counted.',
  values: {
    LEVEL: { description: '`level`, by its name.' },
    ...enumOfFields(FACET_FIELDS, (field) => `\`${field}\`.`),
    ...enumOfFields(LLM_FACETS, (field) =>
      field === 'model'
        ? 'The model of a call: the one that answered, else the one that was asked for.'
        : `\`llm.${field}\`.`,
    ),
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
