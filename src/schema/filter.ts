import { LIST_FIELDS } from '../log/fields.ts';
import type { AttributeFilterInput, LogFilterInput } from '../log/filter/filter.ts';
import { builder } from './builder.ts';
import { LogLevel } from './level.ts';

const AttributeOp = builder.enumType('AttributeOp', {
  description: 'How a value in `attributes` is compared. JSON null counts as no value at all.',
  values: {
    EQ: { description: 'Equal, deeply: objects by their keys, lists item by item, 1 and 1.0 alike.' },
    NE: { description: 'Not EQ: also true where there is no such value.' },
    GT: { description: 'Greater: number with number, text with text (by code point); between kinds false.' },
    GTE: { description: 'Greater or equal, compared as by GT.' },
    LT: { description: 'Less, compared as by GT.' },
    LTE: { description: 'Less or equal, compared as by GT.' },
    CONTAINS: { description: 'A text that holds this text, A-Z and a-z alike; or a list with an item EQ to it.' },
    EXISTS: { description: 'There is a value, whichever. Takes no `value`.' },
  } as const,
});

const AttributeFilter = builder.inputRef<AttributeFilterInput>('AttributeFilter');
AttributeFilter.implement({
  description: 'A condition on one value inside `attributes`.',
  fields: (t) => ({
    path: t.stringList({
      required: true,
      description:
        'The way to the value, one key for each step: `["http", "request"]` goes down two levels, `["http.request.id"]` is one key with dots in it. It leads through objects, never into lists.',
    }),
    op: t.field({ type: AttributeOp, required: true, defaultValue: 'EQ', description: 'How to compare.' }),
    value: t.field({
      type: 'JSON',
      description: 'What to compare with: needed, and not null, for every op but EXISTS.',
    }),
  }),
});

const FloatRange = builder.inputType('FloatRange', {
  description: 'Numbers between two bounds, both included. Without any bound it is no condition.',
  fields: (t) => ({
    gte: t.float({ description: 'This or more.' }),
    lte: t.float({ description: 'This or less.' }),
  }),
});

const IntRange = builder.inputType('IntRange', {
  description: 'Whole numbers between two bounds, both included. Without any bound it is no condition.',
  fields: (t) => ({
    gte: t.int({ description: 'This or more.' }),
    lte: t.int({ description: 'This or less.' }),
  }),
});

const QUERY = `A text in the search language, as one types it into a search box.

- \`timeout\`: records whose message holds this text, A-Z and a-z alike. \`"timed out"\`: quotes keep spaces together.
- \`service:billing\`, \`level:error\`, \`userId:42\`: a field has exactly this value. \`level:>=warning\`, \`durationMs:>500\`: it compares. \`component:pay*\`: it begins so. \`errorType:*\`: there is one.
- \`attributes.region:eu\`: a value in the attributes; \`attributes.a.b\` is the key \`a.b\` where there is one, else \`b\` inside \`a\`.
- Words side by side must all hold (\`AND\` may stand between them); \`OR\`, \`NOT\` or \`-\` and parentheses do the rest: \`(service:api OR service:worker) -healthcheck\`.

\`level:>=error service:billing "timed out" -retry durationMs:>500 attributes.region:eu*\`

What looks like no field is text: \`10.0.0.1\`, \`/api/v1/jobs\`, \`key=value\`, \`http://x\`. A text that cannot be read is answered with QUERY_SYNTAX and the column.`;

/** `errorTypes` as `error types`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export const LogFilter = builder.inputRef<LogFilterInput>('LogFilter');
LogFilter.implement({
  description:
    'Which records. All fields that are given must hold; within a list, any of its values. One filter selects the same records in `logs`, `stats`, `facets`, `tail` and `cleanup`.\n\n' +
    'A condition on a value that a record lacks is false, so `not` of it is true. An empty list of values and an empty `or` match nothing; null, an empty range, `and: []` and ' +
    '`attributes: []` are no condition. Searches in text take A-Z and a-z as alike and nothing else; every other comparison of text is exact, and in order of code points. NUL and lone surrogates stand as U+FFFD.',
  fields: (t) => {
    const lists = Object.keys(LIST_FIELDS).map((name) => [
      name,
      t.stringList({ description: `One of these ${wordsOf(name)}.` }),
    ]);
    return {
      query: t.string({ description: QUERY }),
      messageContains: t.string({
        description:
          'The message holds this text, A-Z and a-z alike. There are no wildcards: each character stands for itself. Empty: every record.',
      }),
      minLevel: t.field({ type: LogLevel, description: 'This level or a higher one.' }),
      levels: t.field({ type: [LogLevel], description: 'One of these levels.' }),
      ...Object.fromEntries(lists),
      hasError: t.boolean({ description: 'True: level ERROR or above, or an `errorType`. False: neither.' }),
      httpStatus: t.field({
        type: IntRange,
        description: 'Status of the HTTP response: `{gte: 500}` for server errors.',
      }),
      durationMs: t.field({ type: FloatRange, description: 'How long it took, in milliseconds.' }),
      attributes: t.field({
        type: [AttributeFilter],
        description: 'Conditions on values in `attributes`; all of them must hold.',
      }),
      and: t.field({ type: [LogFilter], description: 'All of these filters.' }),
      or: t.field({ type: [LogFilter], description: 'At least one of these filters; an empty list matches nothing.' }),
      not: t.field({ type: LogFilter, description: 'Not this filter.' }),
    };
  },
});
