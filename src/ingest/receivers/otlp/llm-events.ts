import type { JsonObject } from '../../../log/json.ts';
import { LLM_EVENT } from '../../../log/llm-count.ts';
import { CHOICE_EVENT, MESSAGE_EVENT } from '../../../log/llm-sender-names.ts';
import type { SpanEvent } from '../../../otlp/telemetry/telemetry.ts';
import { takeLlm } from '../../../record-names/llm-names.ts';

interface LlmEvents {
  /** What the events say of the call. */
  attributes: JsonObject;
  input: unknown[];
  output: unknown[];
  /** Without prompts and answers: these are kept only if LLM_CONTENT says so, and never in attributes. */
  others: SpanEvent[];
}

/** Tells what a span's events say of its model call from its other events. */
export function readLlmEvents(events: readonly SpanEvent[]): LlmEvents {
  const read: LlmEvents = { attributes: {}, input: [], output: [], others: [] };
  for (const event of events) {
    const { name, attributes } = event;
    const role = MESSAGE_EVENT.exec(name)?.[1];
    if (name === LLM_EVENT) read.attributes = { ...attributes, ...read.attributes };
    else if (role !== undefined) read.input.push({ role, ...withoutProvider(attributes) });
    else if (name === CHOICE_EVENT) read.output.push(withoutProvider(attributes));
    else {
      const { llm, rest } = takeLlm(attributes);
      const hasInput = add(read.input, llm?.input);
      const hasOutput = add(read.output, llm?.output);
      read.others.push(hasInput || hasOutput ? { ...event, attributes: rest } : event);
    }
  }
  return read;
}

function add(list: unknown[], content: unknown): boolean {
  if (content === undefined || content === null) return false;
  list.push(content);
  return true;
}

/** The attributes of a message without the provider, which each of them repeats. */
function withoutProvider({ 'gen_ai.system': _, 'gen_ai.provider.name': __, ...rest }: JsonObject): JsonObject {
  return rest;
}
