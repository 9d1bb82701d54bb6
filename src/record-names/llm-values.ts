import { isJsonObject, JSON_DEPTH_MAX, type JsonObject, tryJson } from '../log/json.ts';
import { scanJson } from '../log/json-scan.ts';
import type { LlmNames, LlmSlot } from '../log/llm-sender-names.ts';
import { COST_USD_MAX } from '../log/make-llm-call.ts';

/** Reads a value into the form of its field. Undefined if it cannot: then the value stays in the attributes. */
export type LlmReader = (value: unknown) => unknown;

const text: LlmReader = (value) =>
  typeof value === 'string' ? value || undefined : typeof value === 'number' ? String(value) : undefined;

const NUMBER = /^\s*\d+(\.\d+)?\s*$/;

/** Finite, 0 or more. */
const amount = (value: unknown): number | undefined => {
  const read = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) && read >= 0 ? read : undefined;
};

const tokens: LlmReader = (value) => {
  const read = amount(value);
  return Number.isSafeInteger(read) ? read : undefined;
};

const scaled =
  (read: (value: unknown) => number | undefined, factor: (value: number) => number): LlmReader =>
  (value) => {
    const number = read(value);
    return number === undefined ? undefined : amount(factor(number));
  };

/** A list of texts, also as JSON text, or one text. */
const texts: LlmReader = (value) => {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string') ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  return value.startsWith('[') ? (texts(tryJson(value) ?? null) ?? [value]) : [value];
};

/** An object, also as JSON text. Text that is deeper than what can be stored stays text: code that recurses must not meet it. */
export const object = (value: unknown): JsonObject | undefined => {
  const isText = typeof value === 'string' && value.startsWith('{') && scanJson(value).depth <= JSON_DEPTH_MAX;
  const read = isText ? tryJson(value) : value;
  return isJsonObject(read) ? (read as JsonObject) : undefined;
};

const dollars: LlmReader = (value) => {
  const read = amount(value);
  return read !== undefined && read <= COST_USD_MAX ? read : undefined;
};

/** An object of Langfuse, of which `read` takes all values. */
const objectOf =
  (read: LlmReader): LlmReader =>
  (value) => {
    const found = object(value);
    return found && Object.values(found).every((one) => one === null || read(one) !== undefined) ? found : undefined;
  };

const oneOf =
  (names: Readonly<Record<string, string>>): LlmReader =>
  (value) =>
    typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : undefined;

const REQUEST_TYPES = { completion: 'text_completion', embedding: 'embeddings' };
const OBSERVATIONS = { generation: 'chat', embedding: 'embeddings', tool: 'execute_tool', agent: 'invoke_agent' };
const AI_OPERATIONS: readonly [RegExp, string][] = [
  [/^ai\.(generate|stream)(Text|Object)\b/, 'chat'],
  [/^ai\.embed(Many)?\b/, 'embeddings'],
  [/^ai\.rerank\b/, 'rerank'],
  [/^ai\.toolCall\b/, 'execute_tool'],
];

const READERS_AS: Readonly<Record<NonNullable<LlmNames['as']>, LlmReader>> = {
  seconds: scaled(amount, (seconds) => seconds * 1000),
  nanoUsd: scaled(amount, (nanoUsd) => nanoUsd / 1e9),
  requestType: (value) => oneOf(REQUEST_TYPES)(value) ?? text(value),
  aiOperation: (value) =>
    typeof value === 'string' ? (AI_OPERATIONS.find(([pattern]) => pattern.test(value))?.[1] ?? value) : undefined,
  // A span of the AI SDK without `.do` wraps those with it.
  aiCounted: (value) => (typeof value === 'string' ? /\.do[A-Z]/.test(value) : undefined),
  observation: oneOf(OBSERVATIONS),
};

const READERS: Readonly<Record<LlmSlot, LlmReader>> = {
  operation: text,
  counted: (value) => (typeof value === 'boolean' ? value : undefined),
  provider: text,
  requestModel: text,
  responseModel: text,
  conversationId: text,
  toolName: text,
  agentName: text,
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheCreationTokens: tokens,
  reasoningTokens: tokens,
  costUsd: dollars,
  timeToFirstTokenMs: amount,
  finishReasons: texts,
  usage: objectOf(tokens),
  costs: objectOf(dollars),
};

export const llmReader = ({ slot, as }: Pick<LlmNames, 'slot' | 'as'>): LlmReader =>
  as ? READERS_AS[as] : READERS[slot];

/** Tokens by Langfuse's kinds, of which no two count the same token. */
export function usageOf(usage: JsonObject): Record<string, number | undefined> {
  const sum = (pattern: RegExp): number | undefined => {
    const found = Object.entries(usage).filter(([kind]) => pattern.test(kind));
    return found.length === 0 ? undefined : found.reduce((total, [, value]) => total + (amount(value) ?? 0), 0);
  };
  return {
    inputTokens: sum(/^(input|prompt|cache)/),
    outputTokens: sum(/^(output|completion|reasoning)/),
    cacheReadTokens: sum(/cached|cache_?read/i),
    cacheCreationTokens: sum(/cache_?(creation|write)/i),
    reasoningTokens: sum(/reasoning/),
  };
}

/** The total, or the sum of the parts. */
export function costOf({ total, ...parts }: JsonObject): number | undefined {
  const known = Object.values(parts).map((part) => amount(part) ?? 0);
  return amount(total) ?? (known.length === 0 ? undefined : known.reduce((sum, part) => sum + part, 0));
}
