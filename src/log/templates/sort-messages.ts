import { maskedLine, splitLine } from './masked-line.ts';
import { type Template, templateQuery, templateText } from './template.ts';
import { TemplateTree } from './template-tree.ts';

export interface SortedTemplate {
  /** With `<*>` for what varies. */
  text: string;
  /** The search that finds all its messages. */
  query: string;
}

/** The templates of messages, those with the most messages first. */
export interface SortedMessages {
  templates: SortedTemplate[];
  /** The index in `templates` of each message; -1 for a message of none of them. */
  ofMessages: Int32Array<ArrayBuffer>;
  ofBaseline: Int32Array<ArrayBuffer>;
}

export interface SortRequest {
  messages: readonly string[];
  baseline: readonly string[];
  /** The most templates to return. */
  first: number;
  /** Characters of a message that are looked at. */
  lengthMax: number;
}

/**
 * Finds the largest templates of messages, and which messages of `baseline` belong to them. The order of messages makes no
 * difference, and neither does `baseline`.
 */
export function sortMessages({ messages, baseline, first, lengthMax }: SortRequest): SortedMessages {
  const lines = messages.map((message) => maskedLine(message, lengthMax));
  const tree = new TemplateTree();
  const templateOfLine = new Map<string, Template>();
  for (const line of distinct(lines)) templateOfLine.set(line, tree.add(splitLine(line)));
  const largest = byCount(lines.map((line) => templateOfLine.get(line)!)).slice(0, first);
  const places = new Map(largest.map((template, place) => [template, place]));
  const placeOf = (template: Template | undefined): number => (template && places.get(template)) ?? -1;
  const ofBaseline = remembered((line) => placeOf(templateOfLine.get(line) ?? tree.find(splitLine(line))));
  return {
    templates: largest.map((template) => ({ text: templateText(template), query: templateQuery(template) })),
    ofMessages: Int32Array.from(lines, (line) => placeOf(templateOfLine.get(line))),
    ofBaseline: Int32Array.from(baseline, (message) => ofBaseline(maskedLine(message, lengthMax))),
  };
}

/** The different lines, the most common first: an order that depends only on which lines there are. */
const distinct = (lines: readonly string[]): string[] =>
  Array.from(countsOf(lines))
    .sort(([a, times], [b, others]) => others - times || (a < b ? -1 : 1))
    .map(([line]) => line);

const byCount = (templates: readonly Template[]): Template[] =>
  Array.from(countsOf(templates), ([template, count]) => ({ template, count, text: templateText(template) }))
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ template }) => template);

function countsOf<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function remembered(find: (line: string) => number): (line: string) => number {
  const known = new Map<string, number>();
  return (line) => {
    const place = known.get(line) ?? find(line);
    known.set(line, place);
    return place;
  };
}
