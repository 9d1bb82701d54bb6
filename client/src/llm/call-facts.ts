/** What is known of a call after it: tokens as OpenTelemetry counts them, so `inputTokens` includes what came from a cache. */
export interface CallFacts {
  responseModel?: string | undefined;
  responseId?: string | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  /** Of `inputTokens`. */
  cacheReadTokens?: number | undefined;
  /** Of `inputTokens`. */
  cacheCreationTokens?: number | undefined;
  /** Of `outputTokens`. */
  reasoningTokens?: number | undefined;
  finishReasons?: string[] | undefined;
  /** In US dollars, where the provider says it. */
  costUsd?: number | undefined;
  /** What the model answered. It is recorded only where `content` is set. */
  output?: unknown;
}

/** Adds what is new; a later value wins. */
export function addFacts(facts: CallFacts, more: CallFacts): void {
  for (const [name, value] of Object.entries(more)) {
    if (value !== undefined) (facts as Record<string, unknown>)[name] = value;
  }
}
