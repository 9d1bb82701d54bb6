import { BadUserInput } from '../../errors.ts';
import { PATH_STEPS_MAX } from '../filter-tree.ts';
import { isJsonObject, type Json } from '../json.ts';
import { nearField, queryField } from '../query-language/query-fields.ts';
import { unescaped } from '../query-language/query-scanner.ts';
import { shown } from '../shown.ts';
import type { ExportedRecord } from './exported-record.ts';

/** A column of a CSV file. */
export interface Column {
  /** As the first line writes it. */
  name: string;
  read(record: ExportedRecord): Json | undefined;
}

export const COLUMNS_MAX = 100;

/** `id` is the last one: an export goes on after the `id` of the last line that came. */
export const COLUMNS_DEFAULT =
  'timestamp,level,service,component,message,errorType,durationMs,correlationId,userId,host,environment,stackTrace,attributes,id';

/** Of a record, beside the fields of the search language. */
const MORE_FIELDS = ['id', 'timestamp', 'receivedAt', 'attributes', 'http', 'llm.costSource', 'llm.parameters'];
const CONTENT_FIELDS = ['llm.input', 'llm.output'];

/** White space is part of a step only between its words: if two parts could take it, a long one would take hours. */
const STEP = String.raw`(?:"(?:[^"\\]|\\[\s\S])*"|[^\s".,]+(?:\s+[^\s".,]+)*)`;
const COLUMN = new RegExp(String.raw`\s*(${STEP}(?:\.${STEP})*)\s*(?:,|$)`, 'y');
const STEPS = /\.?(?:"((?:[^"\\]|\\[\s\S])*)"|([^".]+))/gy;
const IN_JSON = /^(attributes|llm\.parameters)\.(?=.)/i;

/**
 * The columns of a list with commas: fields and attributes by their names in the search language, `timestamp`, `receivedAt`, `id`,
 * `attributes`, `http` and `llm` whole.
 * @throws BadUserInput
 */
export function parseColumns(text: string): Column[] {
  const names: string[] = [];
  COLUMN.lastIndex = 0;
  for (let at = 0; at < text.length; at = COLUMN.lastIndex) {
    const name = COLUMN.exec(text)?.[1];
    if (name === undefined) throw new BadUserInput(`columns: expected names with commas between, got ${shown(text)}`);
    names.push(name);
  }
  if (names.length > COLUMNS_MAX) {
    throw new BadUserInput(`columns: expected at most ${COLUMNS_MAX}, got ${names.length}`);
  }
  return names.map(columnOf);
}

function columnOf(name: string): Column {
  const inJson = IN_JSON.exec(name);
  if (inJson) return jsonColumn(name, inJson[1]!.toLowerCase(), name.slice(inJson[0].length));
  const more = [...MORE_FIELDS, ...CONTENT_FIELDS].find((one) => one.toLowerCase() === name.toLowerCase());
  const field = more ?? queryField(name)?.name;
  if (field === undefined || field === 'text') throw unknownColumn(name);
  if (field === 'llm.model') {
    return { name: field, read: ({ llm }) => llm?.responseModel ?? llm?.requestModel };
  }
  const path = field === 'llm.finishReason' ? ['llm', 'finishReasons'] : field.split('.');
  return { name: field, read: (record) => valueAt(record, path) };
}

/** `attributes.a.b` is the key `a.b` if the record has it, otherwise `b` in `a`, as in the search language. */
function jsonColumn(name: string, root: string, rest: string): Column {
  const steps = [...rest.matchAll(STEPS)].map(([, quoted, plain]) => plain ?? unescaped(quoted!));
  if (steps.length > PATH_STEPS_MAX)
    throw new BadUserInput(`columns: expected at most ${PATH_STEPS_MAX} keys in ${name}`);
  const inRoot = root.split('.');
  const [joined, nested] = [
    [...inRoot, steps.join('.')],
    [...inRoot, ...steps],
  ];
  return { name, read: (record) => valueAt(record, joined) ?? valueAt(record, nested) };
}

function valueAt(record: ExportedRecord, path: readonly string[]): Json | undefined {
  let value: Json | undefined = record;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key] as Json;
  }
  return value;
}

function unknownColumn(name: string): BadUserInput {
  const near = nearField(name);
  const advice =
    near === undefined ? `write attributes.${shown(name)} for an attribute` : `the most similar field is ${near}`;
  return new BadUserInput(
    `columns: expected fields such as level, service or attributes.region, got ${shown(name)}; ${advice}`,
  );
}

/** Whether a column needs the model call of a record, and what the model was asked and answered. */
export const needsCall = ({ name }: Column): boolean => name === 'llm' || name.startsWith('llm.');
export const needsContent = ({ name }: Column): boolean => CONTENT_FIELDS.includes(name);
