import { BadUserInput } from '../../errors.ts';
import { anyOf, checkConditions, type Filter } from '../../log/filter/filter.ts';
import { labelOf, STREAM_LABELS } from '../../log/logql/labels.ts';
import { parseMatchers } from '../../log/logql/parse-metric.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { type Asked, success } from './answer.ts';
import { countLabels } from './label-counts.ts';
import { labelsOf } from './metric-query.ts';
import { newestRecords } from './newest-records.ts';
import type { Labels } from './record-labels.ts';

/** The values of one label, the series of one answer, and the names of labels. */
export const VALUES_MAX = 5000;
/** Without a start, labels are those of the last hours, as in Loki. */
const SINCE_MS = 6 * 3_600_000;
/** Selectors in one request. */
const SELECTORS_MAX = 100;

/** The labels that streams have. Labels that only structured metadata has are found by `detected_fields`. */
export async function answerLabels(asked: Asked): Promise<object> {
  const values = await readStreamValues(asked, asked.selected(), asked.parameters.span(SINCE_MS));
  return success(Array.from(values.keys()));
}

export async function answerLabelValues(name: string, asked: Asked): Promise<object> {
  const sets = await readLabelSets(asked, asked.selected(), asked.parameters.span(SINCE_MS), [name]);
  return success(sets.flatMap((labels) => Object.values(labels)).toSorted());
}

/** The streams that the selectors match. */
export async function answerSeries(asked: Asked): Promise<object> {
  const selectors = [...asked.parameters.all('match[]'), ...asked.parameters.all('match')];
  if (selectors.length === 0 || selectors.length > SELECTORS_MAX) {
    throw new BadUserInput(`match[]: expected 1 to ${SELECTORS_MAX} selectors, got ${selectors.length}`);
  }
  const filter = anyOf(...selectors.map((text) => asked.visible(parseMatchers(text), text)));
  checkConditions(filter, 'match[]');
  return success(await readLabelSets(asked, filter, asked.parameters.span(SINCE_MS), STREAM_LABELS));
}

/**
 * The labels of streams that have values, with these. Those that rollups count are complete; `host` has the values of the newest
 * records.
 */
export async function readStreamValues(
  asked: Asked,
  filter: Filter,
  span: TimeSpan,
): Promise<Map<string, Set<string>>> {
  const counted = await readLabelSets(
    asked,
    filter,
    span,
    STREAM_LABELS.filter((name) => name !== 'host'),
  );
  const newest = await newestRecords(asked, filter, span);
  const hosts = newest.flatMap(({ host }) => (host ? [{ host }] : []));
  const values = new Map<string, Set<string>>();
  for (const name of STREAM_LABELS) {
    const found = new Set(
      [...counted, ...(name === 'host' ? hosts : [])].flatMap((labels: Labels) => labels[name] ?? []),
    );
    if (found.size > 0) values.set(name, found);
  }
  return values;
}

/** The different values of these labels together. At most `VALUES_MAX`. */
export async function readLabelSets(
  asked: Asked,
  filter: Filter,
  { from, to }: TimeSpan,
  names: readonly string[],
): Promise<Labels[]> {
  const labels = names.map(labelOf);
  const counts = await countLabels(asked, { filter, labels, edges: [from, to], of: 'records' }, VALUES_MAX);
  return counts.map(({ values }) => labelsOf(labels, values));
}
