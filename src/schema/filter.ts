import { LIST_FIELDS } from '../log/fields.ts';
import {
  type AttributeFilterInput,
  CONDITIONS_MAX,
  type LlmFilterInput,
  type LogFilterInput,
  TEXT_CONTAINS_CONDITIONS,
} from '../log/filter/filter.ts';
import { LLM_LISTS, LLM_RANGES, LLM_TESTED, llmFieldSpec } from '../log/llm-fields.ts';
import { builder } from './builder.ts';
import { LogLevel } from './level.ts';

const AttributeOp = builder.enumType('AttributeOp', {
  description: 'How to compare a value in `attributes`. JSON null counts as absent.',
  values: {
    EQ: { description: 'Equal, at all levels: objects by their keys, lists item by item. 1 equals 1.0.' },
    NE: { description: 'Not EQ. Also true if the value is absent.' },
    GT: {
      description:
        'Greater: compares numbers with numbers, and text with text by code point. False for values of different types. A text that is a plain whole number beyond 2^53 - 1 is compared as that number, exactly, because JSON keeps such numbers as text.',
    },
    GTE: { description: 'Greater or equal, compared as with GT.' },
    LT: { description: 'Less, compared as with GT.' },
    LTE: { description: 'Less or equal, compared as with GT.' },
    CONTAINS: {
      description:
        'A text that contains this text; the case of A-Z is ignored. Or a list with an item that is EQ to this value.',
    },
    EXISTS: { description: 'The value is present. `value` must be omitted.' },
  } as const,
});

const AttributeFilter = builder.inputRef<AttributeFilterInput>('AttributeFilter');
AttributeFilter.implement({
  description: 'A condition on one value inside `attributes`.',
  fields: (t) => ({
    path: t.stringList({
      required: true,
      description:
        'The path to the value: one key for each level. `["http", "request"]` goes down two levels. `["http.request.id"]` is one key that contains dots. A path goes through objects, never into lists.',
    }),
    op: t.field({ type: AttributeOp, required: true, defaultValue: 'EQ', description: 'How to compare.' }),
    value: t.field({
      type: 'JSON',
      description: 'The value to compare with. Required, and not null, except for EXISTS.',
    }),
  }),
});

const FloatRange = builder.inputType('FloatRange', {
  description: 'A range of numbers; both limits are inclusive. Without limits it is no condition.',
  fields: (t) => ({
    gte: t.float({ description: 'This or more.' }),
    lte: t.float({ description: 'This or less.' }),
  }),
});

const IntRange = builder.inputType('IntRange', {
  description: 'A range of whole numbers; both limits are inclusive. Without limits it is no condition.',
  fields: (t) => ({
    gte: t.int({ description: 'This or more.' }),
    lte: t.int({ description: 'This or less.' }),
  }),
});

/** `errorTypes` as `error types`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

type LlmRange = keyof typeof LLM_RANGES;

const LlmFilter = builder.inputRef<LlmFilterInput>('LlmFilter');
LlmFilter.implement({
  description:
    'Conditions on the model call of a record. A call must match all given fields. A list matches if any of its values matches. A record without a call matches no condition. Without any field it is no condition.',
  fields: (t) => ({
    ...Object.fromEntries(
      Object.keys(LLM_LISTS).map((name) => [
        name,
        t.stringList({
          description:
            name === 'models'
              ? 'The model that was asked for, or the one that answered, is one of these.'
              : name === 'finishReasons'
                ? 'One of the reasons why the model stopped is one of these.'
                : `One of these ${wordsOf(name)}.`,
        }),
      ]),
    ),
    ...Object.fromEntries(
      Object.keys(LLM_RANGES).map((name) => [
        name,
        t.field({
          type: FloatRange,
          description: llmFieldSpec(LLM_TESTED[LLM_RANGES[name as LlmRange]][0]!).description,
        }),
      ]),
    ),
  }),
});

const QUERY = `A text in the search language.

- \`timeout\`: the message contains this text; the case of A-Z is ignored. \`"timed out"\`: use quotes for text with spaces. \`text:InvoiceService\`: any text of the record contains it, as with \`textContains\`.
- \`service:billing\`, \`level:error\`, \`userId:42\`: a field has exactly this value. \`level:>=warning\`, \`durationMs:>500\`: comparison. \`component:pay*\`: the value begins with this text. \`stackTrace:*Timeout*\`: the value contains it. \`errorType:*\`: the field has a value.
- \`llm:*\`, \`llm.model:gpt*\`, \`llm.costUsd:>0.01\`, \`llm.parameters.seed:7\`: the record tells of a model call, and what it says of it. \`llm.model\` is the model that was asked for or the one that answered.
- \`attributes.region:eu\`: a value in the attributes, or an element of a list there. \`attributes.a.b\` is the key \`a.b\` if it exists, else the key \`b\` inside \`a\`.
- Terms side by side must all match (\`AND\` or \`&&\` between them is optional). Combine terms with \`OR\` or \`||\`, with \`NOT\`, \`-\` or \`!\`, and with parentheses: \`(service:api OR service:worker) -healthcheck\`.

\`level:>=error service:billing "timed out" -retry durationMs:>500 attributes.region:eu*\`

The names that \`/ingest\` understands work too: \`severity\`, \`logger\`, \`request_id\`. A term that is not a field is text: \`10.0.0.1\`, \`localhost:5432\`, \`key=value\`, \`http://x\`. A slightly misspelled field is an error. A query with a syntax error fails with QUERY_SYNTAX, which has the column. \`extensions.hints\` of the response says what may be meant otherwise.`;

export const LogFilter = builder.inputRef<LogFilterInput>('LogFilter');
LogFilter.implement({
  description:
    'Selects records. A record must match all given fields. A list of values matches if any of them matches. A filter selects the same records in `logs`, `stats`, `facets`, `tail` and `cleanup`.\n\n' +
    'A condition on a value that a record does not have is false, so its `not` is true. An empty list of values and an empty `or` match nothing. Null, an empty range, `and: []` and ' +
    '`attributes: []` are no condition. Text searches ignore the case of A-Z, and of no other letters. All other text comparisons are exact and ordered by code point. NUL and lone surrogates become U+FFFD.',
  fields: (t) => {
    const lists = Object.keys(LIST_FIELDS).map((name) => [
      name,
      t.stringList({ description: `One of these ${wordsOf(name)}.` }),
    ]);
    return {
      query: t.string({ description: QUERY }),
      messageContains: t.string({
        description:
          'The message contains this text; the case of A-Z is ignored. There are no wildcards: each character stands for itself. An empty text matches every record.',
      }),
      textContains: t.string({
        description:
          'Any text of the record contains this text: the message, another text field, or a text in the values of `attributes`, at any depth. The case of A-Z is ignored; there are no ' +
          `wildcards. An empty text matches every record. It reads every text of the records in the time range, so it counts as ${TEXT_CONTAINS_CONDITIONS} of the ${CONDITIONS_MAX} conditions that one filter may have.`,
      }),
      minLevel: t.field({ type: LogLevel, description: 'This level or a higher one.' }),
      levels: t.field({ type: [LogLevel], description: 'One of these levels.' }),
      ...Object.fromEntries(lists),
      hasError: t.boolean({
        description: 'If true: the level is ERROR or above, or the record has an `errorType`. If false: neither.',
      }),
      hasLlmCall: t.boolean({
        description:
          'If true: the record tells of a model call. If false: it tells of none. In a search text: `llm:*`.',
      }),
      llm: t.field({
        type: LlmFilter,
        description:
          'Conditions on the model call. In a search text: `llm.model:gpt*` (the model that was asked for or the one that answered), `llm.costUsd:>0.01`, `llm.parameters.seed:7`.',
      }),
      httpStatus: t.field({
        type: IntRange,
        description: 'The status code of the HTTP response: `{gte: 500}` for server errors.',
      }),
      durationMs: t.field({ type: FloatRange, description: 'The duration, in milliseconds.' }),
      attributes: t.field({
        type: [AttributeFilter],
        description: 'Conditions on values in `attributes`. All of them must match.',
      }),
      and: t.field({ type: [LogFilter], description: 'All of these filters match.' }),
      or: t.field({
        type: [LogFilter],
        description: 'At least one of these filters matches. An empty list matches nothing.',
      }),
      not: t.field({ type: LogFilter, description: 'This filter does not match.' }),
    };
  },
});
