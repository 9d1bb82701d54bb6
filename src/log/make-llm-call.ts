import {
  isJsonObject,
  JSON_DEPTH_MAX,
  type Json,
  type JsonObject,
  JsonTooDeep,
  setBeside,
  storableJson,
  storableText,
} from './json.ts';
import type { LlmCall, LlmDraft } from './llm-call.ts';
import { shownJson } from './shown.ts';
import type { Timestamp } from './time.ts';

/** What a call costs by a price list. */
export interface Price {
  /** Whole nano-dollars. */
  nanoUsd: number;
  /** Of the list. */
  version: string;
}

/** A price list. */
export interface Prices {
  /** Null if the list does not have the model, or the call has no tokens. `at`: prices change. */
  priceOf(call: LlmCall, at: Timestamp): Price | null;
}

/** The operations that go to no model: what they call is told apart. */
const NOT_COUNTED: ReadonlySet<string | null> = new Set([
  'execute_tool',
  'invoke_agent',
  'create_agent',
  'invoke_workflow',
]);

export const FINISH_REASONS_MAX = 128;
/** Whole billionths of a larger cost would not be exact. */
export const COST_USD_MAX = 9_007_199;
const NANO = 1e9;

const TEXTS = [
  'operation',
  'provider',
  'requestModel',
  'responseModel',
  'conversationId',
  'toolName',
  'agentName',
] as const satisfies (keyof LlmCall)[];
const TOKENS = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheCreationTokens',
  'reasoningTokens',
] as const satisfies (keyof LlmCall)[];

/** A field's value cannot be stored. The field's name begins with `llm`. */
export class InvalidLlm extends Error {
  readonly code: 'INVALID_VALUE' | 'JSON_TOO_DEEP';
  constructor(field: string, expected: string, code: InvalidLlm['code'] = 'INVALID_VALUE') {
    super(`llm.${field}: expected ${expected}`);
    this.code = code;
  }
}

const invalid = (field: string, expected: string, got: unknown): InvalidLlm =>
  new InvalidLlm(field, `${expected}, got ${shownJson(got)}`);

/**
 * Brings a call into its stored form, without a price. Null if the sender said nothing of it. Adds its rough size to `size`. A
 * text of more than `textBytesMax` UTF-8 bytes moves to `parameters`.
 * @throws InvalidLlm
 */
export function makeLlmCall(draft: LlmDraft, size: { bytes: number }, textBytesMax: number): LlmCall | null {
  if (saysNothing(draft)) return null;
  const call: LlmCall = { ...BLANK, parameters: parametersOf(draft.parameters, size) };
  size.bytes += CALL_BYTES;
  for (const field of TEXTS) {
    const text = draft[field] ?? null;
    if (text !== null) call[field] = boundedText(call, field, storableText(text), size, textBytesMax);
  }
  for (const field of TOKENS) call[field] = wholeNumber(field, draft[field]);
  call.inputTokens = wholeInput(call);
  call.timeToFirstTokenMs = amount('timeToFirstTokenMs', draft.timeToFirstTokenMs);
  const cost = amount('costUsd', draft.costUsd);
  if (cost !== null) {
    if (cost > COST_USD_MAX) throw invalid('costUsd', `at most ${COST_USD_MAX} dollars`, cost);
    call.costNanoUsd = Math.round(cost * NANO);
    call.costSource = 'SENDER';
  }
  setFinishReasons(call, draft.finishReasons ?? [], size, textBytesMax);
  call.counted = draft.counted ?? !NOT_COUNTED.has(call.operation);
  return call;
}

/** Rough memory of a call without its texts. */
const CALL_BYTES = 300;

const BLANK: LlmCall = {
  operation: null,
  counted: true,
  provider: null,
  requestModel: null,
  responseModel: null,
  conversationId: null,
  toolName: null,
  agentName: null,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheCreationTokens: null,
  reasoningTokens: null,
  costNanoUsd: null,
  costSource: null,
  priceVersion: null,
  timeToFirstTokenMs: null,
  finishReasons: [],
  parameters: null,
};

const saysNothing = (draft: LlmDraft): boolean =>
  Object.values(draft).every((value) => value == null || (Array.isArray(value) && value.length === 0));

function parametersOf(parameters: unknown, size: { bytes: number }): JsonObject | null {
  if (parameters === undefined || parameters === null) return null;
  if (!isJsonObject(parameters)) throw invalid('parameters', 'a JSON object', parameters);
  return storable('parameters', parameters, size) as JsonObject;
}

function storable(field: string, value: unknown, size: { bytes: number }): Json {
  try {
    return storableJson(value, size);
  } catch (error) {
    if (error instanceof JsonTooDeep)
      throw new InvalidLlm(field, `at most ${JSON_DEPTH_MAX} levels of JSON`, 'JSON_TOO_DEEP');
    throw error;
  }
}

function boundedText(
  call: LlmCall,
  field: string,
  text: string,
  size: { bytes: number },
  bytesMax: number,
): string | null {
  size.bytes += text.length;
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  moveToParameters(call, field, text);
  return null;
}

function moveToParameters(call: LlmCall, field: string, value: Json): void {
  call.parameters ??= {};
  setBeside(call.parameters, field, value);
}

function wholeNumber(field: string, value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (Number.isSafeInteger(value) && value >= 0) return value + 0;
  throw invalid(field, `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`, value);
}

function amount(field: string, value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (Number.isFinite(value) && value >= 0) return value + 0;
  throw invalid(field, 'a finite number, 0 or more', value);
}

/** A part is never more than the whole: the sender counted the cached tokens apart. */
function wholeInput({ inputTokens, cacheReadTokens, cacheCreationTokens }: LlmCall): number | null {
  const cached = (cacheReadTokens ?? 0) + (cacheCreationTokens ?? 0);
  if (inputTokens === null || cached <= inputTokens) return inputTokens;
  return wholeNumber('inputTokens', inputTokens + cached);
}

function setFinishReasons(call: LlmCall, reasons: readonly string[], size: { bytes: number }, bytesMax: number): void {
  const stored = reasons.map(storableText);
  size.bytes += stored.reduce((sum, reason) => sum + reason.length + 16, 0);
  const fits = stored.length <= FINISH_REASONS_MAX && stored.every((one) => Buffer.byteLength(one) <= bytesMax);
  if (fits) call.finishReasons = stored;
  else moveToParameters(call, 'finishReasons', stored);
}
