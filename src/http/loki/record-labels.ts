import { FIELDS, fieldsWith, OPTIONAL_TEXT } from '../../log/fields.ts';
import { isJsonObject, type Json, type JsonObject } from '../../log/json.ts';
import { levelIndex } from '../../log/level.ts';
import { LEVEL_WORDS, labelName, STREAM_LABELS } from '../../log/logql/labels.ts';
import type { LogRecord } from '../../log/record.ts';

export type Labels = Record<string, string>;

/** The labels of keys that records have often. */
const KNOWN_NAMES_MAX = 10_000;

/** Labels of one record that come from its attributes. */
export const ATTRIBUTES_MAX = 100;
/** Attributes inside each other that become labels of their own. Deeper ones are JSON text. */
const DEPTH_MAX = 8;

const FIELD_LABELS = [...OPTIONAL_TEXT, ...fieldsWith({ kind: 'number' })].filter(
  (field) => field !== 'severityNumber',
);

/** The labels of a record's stream: those of `STREAM_LABELS` that it has. */
export function streamLabels(record: LogRecord): Labels {
  const { service, component, environment, host, severityNumber } = record;
  const values = [service, component, environment, host, levelWord(severityNumber)];
  const labels: Labels = {};
  STREAM_LABELS.forEach((name, index) => {
    if (values[index]) labels[name] = values[index];
  });
  return labels;
}

const levelWord = (severityNumber: number): string => LEVEL_WORDS[levelIndex(severityNumber)]!;

/** All other labels of a record: its fields and attributes. */
export function structuredMetadata(record: LogRecord): Labels {
  const labels: Labels = { detected_level: levelWord(record.severityNumber) };
  for (const field of FIELD_LABELS) {
    const name = FIELDS[field].column;
    const value = record[field];
    if (value !== null && value !== '' && !STREAM_LABELS.includes(name)) labels[name] = String(value);
  }
  addAttributes(record.attributes, [], { labels, left: ATTRIBUTES_MAX });
  return labels;
}

function addAttributes(object: JsonObject, path: readonly string[], into: { labels: Labels; left: number }): void {
  for (const [key, value] of Object.entries(object)) {
    if (into.left <= 0) return;
    const inner = [...path, key];
    if (isJsonObject(value) && inner.length < DEPTH_MAX) addAttributes(value, inner, into);
    else {
      const [name, text] = [knownName(inner), textOf(value)];
      // A field wins over an attribute whose name becomes the same.
      if (text !== '' && !Object.hasOwn(into.labels, name) && !STREAM_LABELS.includes(name)) {
        into.labels[name] = text;
        into.left--;
      }
    }
  }
}

const knownNames = new Map<string, string>();

/** `labelName`, remembered by the key of an attribute: most records have the same keys. Forgets all when there are too many. */
function knownName(path: readonly string[]): string {
  const key = path.join('_');
  const known = knownNames.get(key);
  if (known !== undefined) return known;
  if (knownNames.size >= KNOWN_NAMES_MAX) knownNames.clear();
  const name = labelName(path);
  knownNames.set(key, name);
  return name;
}

const textOf = (value: Json): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
