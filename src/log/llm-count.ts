import type { LlmDraft } from './llm-call.ts';

/**
 * Which records of model calls are counted (`LLM_COUNT`). OpenTelemetry tells a call as a span and as an event: a sender that
 * exports both tells each call twice. Calls that are told otherwise are always counted.
 */
export type LlmCount = 'both' | 'spans' | 'events';
export const LLM_COUNTS: readonly LlmCount[] = ['both', 'spans', 'events'];

/** The event that tells a whole call, as a log record or within a span. */
export const LLM_EVENT = 'gen_ai.client.inference.operation.details';

export const isCountedAs = (toldAs: LlmDraft['toldAs'], count: LlmCount): boolean =>
  toldAs === undefined || count === 'both' || count === `${toldAs}s`;
