import type { Json, JsonObject } from './json.ts';

/** Who said what a call cost. */
export type LlmCostSource = 'SENDER' | 'PRICE_LIST';

/** A call to a language model, in its stored form: a part of a record. `llm-fields.ts` says what each field means. */
export interface LlmCall {
  operation: string | null;
  counted: boolean;
  provider: string | null;
  requestModel: string | null;
  responseModel: string | null;
  conversationId: string | null;
  toolName: string | null;
  agentName: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheCreationTokens: number | null;
  reasoningTokens: number | null;
  /** Whole nano-dollars: rounded once, on arrival, so that sums are exact. */
  costNanoUsd: number | null;
  costSource: LlmCostSource | null;
  priceVersion: string | null;
  timeToFirstTokenMs: number | null;
  finishReasons: readonly string[];
  parameters: JsonObject | null;
}

/** What a model was asked and what it answered. It is kept apart from the call, for a time of its own (`LLM_CONTENT`). */
export interface LlmContent {
  input: Json | null;
  output: Json | null;
}

/**
 * A model call as its sender describes it: the types are right, the values are not yet in stored form. Undefined means null.
 * `counted`: undefined, unless the sender's format says it; then the operation decides.
 */
export interface LlmDraft
  extends Partial<Omit<LlmCall, 'costNanoUsd' | 'costSource' | 'priceVersion' | 'finishReasons' | 'parameters'>> {
  finishReasons?: readonly string[] | null;
  costUsd?: number | null;
  parameters?: unknown;
  input?: unknown;
  output?: unknown;
}

/** The draft that a stored call came from, for records that are set aside and sent again. */
export const draftOfCall = (call: LlmCall, content: LlmContent | null): LlmDraft => {
  const { costNanoUsd, costSource, priceVersion: _, ...fields } = call;
  return { ...fields, costUsd: costNanoUsd !== null && costSource === 'SENDER' ? costNanoUsd / 1e9 : null, ...content };
};

/** A text that may be JSON: attributes of OpenTelemetry hold no objects. It is parsed only if it is kept. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
