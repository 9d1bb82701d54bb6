/**
 * One tool is one GraphQL query: the variables of the query are the arguments of the tool, and its result is the answer. So rights,
 * scope, limits and errors are those of GraphQL, and both JSON schemas are made from the query.
 */
export interface Tool {
  name: string;
  title: string;
  /** For the model: what it answers, and when to use it. */
  description: string;
  query: string;
  /** Each variable of the query, by its name. */
  arguments: Readonly<Record<string, Argument>>;
  /** Longer texts are cut, unless `textMax` says otherwise. */
  textMax: number;
  /** The field that has pages, with the fields around it. `after` continues there. */
  page?: readonly string[];
  /** Lists that an argument bounds: the path of the list, and the argument. */
  bounded?: Readonly<Record<string, string>>;
}

export interface Argument {
  description: string;
  /** Of a number. */
  min?: number;
  max?: number;
}

/** The most items of a list that a tool returns: a model reads them all. */
export const ITEMS_MAX = 100;

export const QUERY: Argument = {
  description: 'Which records, in the search language: see the description of search_logs. Without it: all.',
};

/** The range of time of a tool, as `timeOf` of `arguments.ts` completes it. */
export const TIME: Readonly<Record<'from' | 'to' | 'last', Argument>> = {
  from: {
    description: 'At this time or later: RFC 3339, such as 2026-11-21T20:06:40Z, or a date. Not together with last.',
  },
  to: { description: 'Before this time. Without it: now.' },
  last: { description: 'The length of time before to, such as 15m, 6h or 7d. Without from and last: 1d.' },
};

export const TIME_VARIABLES = '$from: DateTime, $to: DateTime, $last: Duration';
export const TIME_RANGE = 'time: { from: $from, to: $to, last: $last }';

export const first = (what: string): Argument => ({ description: `The most ${what}.`, min: 1, max: ITEMS_MAX });

export const AFTER: Argument = { description: 'Continues a list: next.after of the answer before.' };

/** What a list shows of each record. `get_record` has the rest. */
export const BRIEF_RECORD =
  'id cursor timestamp level service component message errorType correlationId pipelineId durationMs';

export const DURATIONS = '{ count avg p50 p95 p99 max }';
export const LLM_TOTALS =
  '{ calls errors inputTokens outputTokens cacheReadTokens cacheCreationTokens reasoningTokens costUsd unpriced }';
