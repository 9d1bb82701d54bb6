import type { Asked } from './answer.ts';
import { readStreamValues, VALUES_MAX } from './label-answers.ts';
import { newestRecords } from './newest-records.ts';
import { streamLabels, structuredMetadata } from './record-labels.ts';

const FIELDS_DEFAULT = 1000;

/** The labels of streams, with the number of their values. */
export async function answerDetectedLabels(asked: Asked): Promise<object> {
  const values = await readStreamValues(asked, asked.selected(), asked.parameters.span());
  return { detectedLabels: Array.from(values, ([label, { size }]) => ({ label, cardinality: size })) };
}

/** The structured metadata of the newest records. No field has a parser: what a line holds was found when it was stored. */
export async function answerDetectedFields(asked: Asked): Promise<object> {
  const limit = asked.parameters.count('limit', FIELDS_DEFAULT, VALUES_MAX);
  const values = new Map<string, Set<string>>();
  for (const record of await newestRecords(asked, asked.selected(), asked.parameters.span())) {
    await asked.pause();
    for (const [label, value] of Object.entries(structuredMetadata(record))) {
      const found = values.get(label) ?? new Set();
      values.set(label, found);
      found.add(value);
    }
  }
  const fields = Array.from(values, ([label, found]) => ({
    label,
    type: typeOf(found),
    cardinality: found.size,
    parsers: null,
  }));
  return { fields: fields.toSorted((a, b) => b.cardinality - a.cardinality).slice(0, limit), limit };
}

/** The values of a field in the newest records, the most common first. */
export async function answerDetectedValues(name: string, asked: Asked): Promise<object> {
  const limit = asked.parameters.count('limit', FIELDS_DEFAULT, VALUES_MAX);
  const counts = new Map<string, number>();
  for (const record of await newestRecords(asked, asked.selected(), asked.parameters.span())) {
    await asked.pause();
    const labels = { ...structuredMetadata(record), ...streamLabels(record) };
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = Array.from(counts).toSorted(([, a], [, b]) => b - a);
  return { values: values.slice(0, limit).map(([value]) => value), limit };
}

/**
 * Never `float`, `duration` or `bytes`: Grafana's Logs Drilldown would ask for averages by `unwrap`, which Weir does not have.
 */
function typeOf(values: ReadonlySet<string>): string {
  const all = Array.from(values);
  if (all.every((value) => value === 'true' || value === 'false')) return 'boolean';
  return all.every((value) => value.trim() !== '' && Number.isFinite(Number(value))) ? 'int' : 'string';
}
