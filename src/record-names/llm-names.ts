import { isJsonObject, type Json, type JsonObject, setOwn } from '../log/json.ts';
import { JsonText, type LlmDraft } from '../log/llm-call.ts';
import { LLM_EVENT } from '../log/llm-count.ts';
import {
  CHOICE_EVENT,
  type LlmSlot,
  MESSAGE_EVENT,
  PARAMETER_NAMES,
  PARAMETERS,
  PARAMETERS_BELOW,
} from '../log/llm-sender-names.ts';
import { addContent, type ContentParts, contentOf, contentPlace } from './llm-content.ts';
import { BESIDE, type Known, type Names, PREFIXED } from './llm-name-index.ts';
import { costOf, object, usageOf } from './llm-values.ts';

/** A field's value so far, and where it came from. */
interface Taken extends Pick<Known, 'rank' | 'added'> {
  value: unknown;
  key: string;
  raw: Json;
  rest: JsonObject;
}

/** What is known of a call while its names are read. */
interface Reading {
  taken: Partial<Record<LlmSlot, Taken>>;
  parameters: JsonObject;
  content: ContentParts;
  /** A name says for certain that the record tells of a call. */
  certain: boolean;
  /** Objects inside. They join what is left when all names are read: a better name gives the value of another one back. */
  inner: { parent: JsonObject; key: string; left: JsonObject }[];
}

/**
 * Takes the model call out of attributes: by the names of OpenTelemetry (`gen_ai`), the AI SDK (`ai`), OpenLLMetry and the API
 * (`llm`) and Langfuse, flat or nested. `rest` holds what no field took; it is `attributes` itself if they tell of no call. What
 * was asked and answered goes to `input` and `output`, never to `rest`.
 *
 * Names that other records have too (`model`, `prompt_tokens`, `usage`) count only beside one of those names, or if a model and
 * both counts of tokens stand together.
 */
export function takeLlm(attributes: JsonObject): { llm: LlmDraft | null; rest: JsonObject } {
  if (!mayTellOfCall(attributes)) return { llm: null, rest: attributes };
  const content = { input: new Map(), output: new Map() };
  const reading: Reading = { taken: {}, parameters: {}, content, certain: false, inner: [] };
  const named = withoutTaken(attributes, PREFIXED, reading);
  if (!reading.certain && !hasModelAndTokens(attributes)) return { llm: null, rest: attributes };
  const rest = withoutTaken(named, BESIDE, reading);
  const llm = draftOf(reading);
  const event = eventNameOf(attributes);
  if (event === LLM_EVENT) llm.toldAs = 'event';
  return { llm, rest: event === undefined ? rest : takeMessage(event, llm, rest) };
}

/** The name of an event of OpenTelemetry, in the JSON of a log record. */
function eventNameOf({ event_name, eventName, event, ...attributes }: JsonObject): string | undefined {
  const names = [event_name, eventName, attributes['event.name'], isJsonObject(event) ? event.name : undefined];
  return names.find((name) => typeof name === 'string');
}

/** Takes the body of an event that holds a message: it is content. */
function takeMessage(event: string, llm: LlmDraft, rest: JsonObject): JsonObject {
  const role = MESSAGE_EVENT.exec(event)?.[1];
  const { body, ...others } = rest;
  if (!isJsonObject(body) || (role === undefined && event !== CHOICE_EVENT)) return rest;
  if (role === undefined) llm.output ??= body;
  else llm.input ??= { role, ...body };
  return others;
}

/** Whether the attributes may tell of a call. Most records do not: this is all that they cost. */
function mayTellOfCall(attributes: JsonObject): boolean {
  let usage = false;
  for (const key in attributes) {
    const hint = hintOf(key);
    if (hint === 'call') return true;
    usage ||= hint === 'usage';
  }
  return usage && hasModelAndTokens(attributes);
}

/** What a name in attributes says of a model call: surely something, or only beside other names. */
export function hintOf(key: string): 'call' | 'usage' | undefined {
  switch (key.charCodeAt(0)) {
    case 97: // a
      return key === 'ai' || key.startsWith('ai.') ? 'call' : undefined;
    case 103: // g
      return key.startsWith('gen_ai') ? 'call' : undefined;
    case 108: // l
      return key === 'llm' || key.startsWith('llm.') || key.startsWith('langfuse') ? 'call' : undefined;
    case 105: // i
    case 112: // p
    case 117: // u
      return key === 'usage' || key === 'prompt_tokens' || key === 'input_tokens' ? 'usage' : undefined;
    default:
      return undefined;
  }
}

const TOKEN_PAIRS = [
  ['prompt_tokens', 'completion_tokens'],
  ['input_tokens', 'output_tokens'],
] as const;

/** As providers answer: a model, and both counts of tokens. */
function hasModelAndTokens(attributes: JsonObject): boolean {
  if (typeof attributes.model !== 'string') return false;
  return [attributes, attributes.usage].some(
    (from) => isJsonObject(from) && TOKEN_PAIRS.some((pair) => pair.every((name) => Number.isSafeInteger(from[name]))),
  );
}

function withoutTaken(from: JsonObject, names: Names, reading: Reading): JsonObject {
  const rest: JsonObject = {};
  readObject(from, '', names, rest, reading);
  for (const { parent, key, left } of reading.inner.toReversed()) if (!isEmpty(left)) setOwn(parent, key, left);
  reading.inner = [];
  return rest;
}

function readObject(from: JsonObject, prefix: string, names: Names, rest: JsonObject, reading: Reading): void {
  for (const key in from) {
    const raw = from[key]!;
    const path = prefix + key;
    if (takeKnown(path, key, raw, names, rest, reading)) continue;
    if (names === PREFIXED && (takeContent(path, raw, reading) || takeParameter(path, raw, reading))) continue;
    if (names.inside.has(path) && isJsonObject(raw) && !isEmpty(raw)) {
      const left: JsonObject = {};
      reading.inner.push({ parent: rest, key, left });
      readObject(raw as JsonObject, `${path}.`, names, left, reading);
    } else setOwn(rest, key, raw);
  }
}

function takeKnown(path: string, key: string, raw: Json, names: Names, rest: JsonObject, reading: Reading): boolean {
  const meanings = names.known.get(path);
  if (!meanings) return false;
  if (raw === null) return true;
  let isTaken = false;
  for (const { slot, read, rank, added, kept, weak } of meanings) {
    const value = read(raw);
    if (value === undefined) continue;
    isTaken = true;
    if (kept) setOwn(rest, key, raw);
    if (!weak) reading.certain = true;
    const before = reading.taken[slot];
    if (before && JSON.stringify(before.value) !== JSON.stringify(value)) {
      const loser = before.rank <= rank ? { key, raw, rest } : before;
      setOwn(loser.rest, loser.key, loser.raw);
    }
    if (!before || before.rank > rank) reading.taken[slot] = { rank, added, value, key, raw, rest };
  }
  return isTaken;
}

function takeContent(path: string, raw: Json, reading: Reading): boolean {
  const place = contentPlace(path);
  if (!place) return false;
  if (path.startsWith('gen_ai.') || path.startsWith('llm.')) reading.certain = true;
  if (raw === null) return true;
  const mayBeJson = typeof raw === 'string' && place.rest === '' && !OWN_CONTENT.has(path);
  addContent(reading.content, place, mayBeJson ? new JsonText(raw) : raw);
  return true;
}

/** The API's own names hold JSON as it is meant. */
const OWN_CONTENT: ReadonlySet<string> = new Set(['llm.input', 'llm.output']);

function takeParameter(path: string, raw: Json, reading: Reading): boolean {
  const whole = PARAMETERS.includes(path) ? object(raw) : undefined;
  if (whole) {
    for (const [name, value] of Object.entries(whole)) addParameter(reading, name, value);
    return true;
  }
  const prefix = PARAMETER_NAMES.includes(path) ? 'llm.' : PARAMETERS_BELOW.find((one) => path.startsWith(one));
  if (prefix === undefined) return false;
  if (path.startsWith('gen_ai.')) reading.certain = true;
  return raw === null || addParameter(reading, path.slice(prefix.length), raw);
}

/** False if it has another value already. */
function addParameter({ parameters }: Reading, name: string, value: Json): boolean {
  if (Object.hasOwn(parameters, name)) return JSON.stringify(parameters[name]) === JSON.stringify(value);
  setOwn(parameters, name, value);
  return true;
}

function draftOf({ taken, parameters, content }: Reading): LlmDraft {
  const draft: Record<string, unknown> = {};
  for (const [slot, { value }] of Object.entries(taken)) draft[slot] = value;
  const { usage, costs, ...llm } = draft as LlmDraft & { usage?: JsonObject; costs?: JsonObject };
  if (llm.inputTokens != null) llm.inputTokens += addedTokens(taken);
  if (usage) for (const [slot, value] of Object.entries(usageOf(usage))) draftValue(llm, slot, value);
  if (costs) llm.costUsd ??= costOf(costs);
  if (!isEmpty(parameters)) llm.parameters = parameters;
  llm.input = contentOf(content.input);
  llm.output = contentOf(content.output);
  llm.finishReasons ??= finishReasonsIn(llm.output);
  // A record that names only a provider or a conversation belongs to a call that another record tells of.
  if (SAYS_MORE.every((slot) => llm[slot] == null)) llm.counted ??= false;
  return llm;
}

const SAYS_MORE = ['operation', 'requestModel', 'responseModel', 'inputTokens', 'outputTokens', 'costUsd'] as const;

function addedTokens({ inputTokens, cacheReadTokens, cacheCreationTokens }: Reading['taken']): number {
  if (!inputTokens?.added) return 0;
  return [cacheReadTokens, cacheCreationTokens].reduce((sum, one) => sum + (one?.added ? (one.value as number) : 0), 0);
}

function draftValue(llm: LlmDraft, slot: string, value: number | undefined): void {
  if (value !== undefined) (llm as Record<string, unknown>)[slot] ??= value;
}

/** OpenLLMetry tells them with each answer: `gen_ai.completion.0.finish_reason`. */
function finishReasonsIn(output: unknown): string[] | undefined {
  if (!Array.isArray(output)) return undefined;
  const reasons = output.map((one) => (isJsonObject(one) ? one.finish_reason : undefined));
  const known = reasons.filter((reason) => typeof reason === 'string' && reason !== '');
  return known.length === 0 ? undefined : (known as string[]);
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
