import type { Json } from '../api/json.ts';

/** Fields of a record that may be a column, by their names in the search language. */
export const FIELD_COLUMNS = [
  'time',
  'level',
  'service',
  'message',
  'component',
  'action',
  'host',
  'environment',
  'deploymentVersion',
  'correlationId',
  'traceId',
  'spanId',
  'pipelineId',
  'userId',
  'errorType',
  'durationMs',
  'severityNumber',
  'receivedAt',
  'uid',
] as const;
export const HTTP_COLUMNS = ['http.method', 'http.path', 'http.status', 'http.userAgent', 'http.clientIp'] as const;
export const LLM_COLUMNS = [
  'llm.operation',
  'llm.provider',
  'llm.requestModel',
  'llm.responseModel',
  'llm.conversationId',
  'llm.toolName',
  'llm.agentName',
  'llm.inputTokens',
  'llm.outputTokens',
  'llm.costUsd',
  'llm.timeToFirstTokenMs',
] as const;
const KNOWN: ReadonlySet<string> = new Set([...FIELD_COLUMNS, ...HTTP_COLUMNS, ...LLM_COLUMNS]);
export const KNOWN_COLUMNS: readonly string[] = [...KNOWN];

export const DEFAULT_COLUMNS: readonly string[] = ['time', 'level', 'service', 'message'];
export const COLUMNS_MAX = 30;

const NAMES = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g;
const ATTRIBUTE = /^attributes((?:\.(?:"(?:[^"\\]|\\[\s\S])*"|[^\s:".()]+))+)$/;
const STEP = /\.(?:"((?:[^"\\]|\\[\s\S])*)"|([^".]+))/g;

/** The columns that the URL names. What is no column is left out. */
export function columnsOf(text: string | undefined): readonly string[] {
  if (text === undefined) return DEFAULT_COLUMNS;
  const names = [...new Set(text.match(NAMES) ?? [])].filter(isColumn).slice(0, COLUMNS_MAX);
  return names.length > 0 ? names : DEFAULT_COLUMNS;
}

/** Undefined: the default, which needs no parameter. */
export const columnsText = (names: readonly string[]): string | undefined =>
  names.join() === DEFAULT_COLUMNS.join() || names.length === 0 ? undefined : names.join();

export const isColumn = (name: string): boolean => KNOWN.has(name) || ATTRIBUTE.test(name);

/** The keys of `attributes.a.b`; null where the name is no attribute's. */
export function attributePath(name: string): string[] | null {
  const path = ATTRIBUTE.exec(name)?.[1];
  if (path === undefined) return null;
  return [...path.matchAll(STEP)].map(([, quoted, plain]) => plain ?? quoted!.replace(/\\(["\\])/g, '$1'));
}

/** As the search reads a path: `a.b` is the key `a.b` if the object has it, otherwise `b` in `a`. */
export function attributeAt(attributes: Json, path: readonly string[]): Json | undefined {
  const whole = path.join('.');
  if (isObject(attributes) && Object.hasOwn(attributes, whole)) return attributes[whole];
  let at: Json | undefined = attributes;
  for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What of a record the columns need beside its time, level, service and message. */
export interface Needs {
  fields: boolean;
  http: boolean;
  llm: boolean;
  attributes: boolean;
}

export const needsOf = (columns: readonly string[]): Needs => ({
  fields: columns.some((name) => !DEFAULT_COLUMNS.includes(name) && FIELD_COLUMNS.some((field) => field === name)),
  http: columns.some((name) => name.startsWith('http.')),
  llm: columns.some((name) => name.startsWith('llm.')),
  attributes: columns.some((name) => name.startsWith('attributes.')),
});

/** The text of a value in a column; undefined where the record has none. */
export function columnText(record: object, name: string): string | undefined {
  const path = attributePath(name);
  const value = path
    ? attributeAt((record as { attributes?: Json }).attributes ?? null, path)
    : attributeAt(record as Json, name.split('.'));
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The list with one name at another place. */
export function moved(names: readonly string[], name: string, to: number): string[] {
  const rest = names.filter((one) => one !== name);
  return rest.toSpliced(Math.min(Math.max(to, 0), rest.length), 0, name);
}
