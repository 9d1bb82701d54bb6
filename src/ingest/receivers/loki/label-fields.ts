import { type Json, type JsonObject, setOwn } from '../../../log/json.ts';
import { KNOWN_LABELS, type KnownLabel } from '../../../log/label-names.ts';
import type { Draft } from '../../../log/record.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';

/** What clients write where they know no value: JavaScript's `undefined`, Loki's own `unknown_service`. */
const NO_VALUES = new Set<Json>(['', 'undefined', 'null', 'unknown', 'unknown_service']);

/** The fields that labels name. The other labels are attributes, and so are those whose field cannot take their value. */
export function fieldsOfLabels(labels: JsonObject): Draft {
  const best = new Map<string, KnownLabel & { label: string }>();
  const rest: JsonObject = {};
  for (const label in labels) {
    const known = KNOWN_LABELS.get(label);
    if (!known || NO_VALUES.has(labels[label]!)) setOwn(rest, label, labels[label]!);
    else {
      const before = best.get(known.field);
      const loser = before && before.rank < known.rank ? label : before?.label;
      if (loser !== undefined) setOwn(rest, loser, labels[loser]!);
      if (loser !== label) best.set(known.field, { ...known, label });
    }
  }
  const taken: JsonObject = {};
  for (const [field, { label, stays }] of best) {
    taken[field] = labels[label]!;
    if (stays) setOwn(rest, label, labels[label]!);
  }
  const { attributes: left, ...fields } = draftFromJson(taken);
  for (const field in left as JsonObject) {
    const label = best.get(field)!.label;
    setOwn(rest, label, labels[label]!);
  }
  return { ...fields, attributes: rest };
}
