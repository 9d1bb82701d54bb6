import { QuerySyntax } from '../../errors.ts';

/** Where something stands in the text, from 0. */
export interface Place {
  at: number;
}

export type MatchOp = '=' | '!=' | '=~' | '!~';
export type CompareOp = '==' | '!=' | '>' | '>=' | '<' | '<=';
export type LineOp = '|=' | '!=' | '|~' | '!~' | '|>' | '!>';

/** `name="value"`, in a selector or after `|`. */
export interface Matcher extends Place {
  kind: 'match';
  name: string;
  op: MatchOp;
  value: string;
}

/** `name > 10`, `name > 10s` in milliseconds, `name > 5KB` in bytes. */
export interface Compared extends Place {
  kind: 'compare';
  name: string;
  op: CompareOp;
  value: number;
  unit: 'number' | 'duration' | 'bytes';
}

export type LabelTest = Matcher | Compared | { kind: 'and' | 'or'; of: LabelTest[] };

/** One of the texts is enough; with `!` none may be there. */
export interface LineFilter {
  kind: 'line';
  op: LineOp;
  texts: ({ text: string } & Place)[];
}

export type Stage =
  | LineFilter
  | { kind: 'labels'; test: LabelTest }
  /** Which labels the result has: without `names`, or only these. */
  | { kind: 'drop' | 'keep'; names: string[] };

/** `{service_name="api"} |= "text" | json | level="error"`. */
export interface LogQuery {
  kind: 'log';
  selector: Matcher[];
  stages: Stage[];
}

export const RANGE_FUNCTIONS = ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate'] as const;
export const GROUP_FUNCTIONS = ['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk'] as const;
export type RangeFunction = (typeof RANGE_FUNCTIONS)[number];
export type GroupFunction = (typeof GROUP_FUNCTIONS)[number];
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^';

/** The labels that an aggregation keeps, or those that it drops. */
export interface Grouping {
  without: boolean;
  labels: string[];
}

export interface RangeCount extends Place {
  kind: 'range';
  fn: RangeFunction;
  log: LogQuery;
  rangeMs: number;
  offsetMs: number;
}

export interface Grouped extends Place {
  kind: 'group';
  fn: GroupFunction;
  /** Of topk and bottomk. */
  size: number;
  by: Grouping;
  of: MetricQuery;
}

export interface Binary extends Place {
  kind: 'binary';
  op: Arithmetic | CompareOp;
  /** A comparison gives 0 or 1 and drops nothing. */
  bool: boolean;
  left: MetricQuery;
  right: MetricQuery;
}

export type MetricQuery =
  | RangeCount
  | Grouped
  | Binary
  | { kind: 'scalar'; value: number }
  /** A series without labels that has this value at all times. */
  | { kind: 'vector'; value: number };

/** The error of a text, at a place in it. The words are those of Loki, which says the line too. */
export function syntaxError(text: string, at: number, what: string): QuerySyntax {
  const before = text.slice(0, at);
  const lines = before.split('\n');
  const column = lines.at(-1)!.length + 1;
  return new QuerySyntax(`parse error at line ${lines.length}, col ${column}: ${what}`, at + 1);
}
