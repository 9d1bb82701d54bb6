import { type Json, type JsonObject, tryJson } from '../../../log/json.ts';
import { takeLlm } from '../../../record-names/llm-names.ts';
import type { SpanEvent } from './telemetry/telemetry.ts';

/** The event, also as a log record, that tells a whole call: its attributes are those of the span. */
export const LLM_EVENT = 'gen_ai.client.inference.operation.details';
/** One message that was sent: what OpenTelemetry had before `gen_ai.input.messages`. */
const MESSAGE = /^gen_ai\.(system|user|assistant|tool)\.message$/;
const CHOICE = 'gen_ai.choice';

interface LlmEvents {
  /** What the events say of the call. */
  attributes: JsonObject;
  input: Json[];
  output: Json[];
  /** Without prompts and answers: these are kept only if LLM_CONTENT says so, and never in attributes. */
  others: SpanEvent[];
}

/** Tells what a span's events say of its model call from its other events. */
export function readLlmEvents(events: readonly SpanEvent[]): LlmEvents {
  const read: LlmEvents = { attributes: {}, input: [], output: [], others: [] };
  for (const event of events) {
    const { name, attributes } = event;
    const role = MESSAGE.exec(name)?.[1];
    if (name === LLM_EVENT) read.attributes = { ...attributes, ...read.attributes };
    else if (role !== undefined) read.input.push({ role, ...content(attributes) });
    else if (name === CHOICE) read.output.push(content(attributes));
    else {
      const { llm, rest } = takeLlm(attributes);
      if (hasValue(llm?.input)) read.input.push(llm!.input as Json);
      if (hasValue(llm?.output)) read.output.push(llm!.output as Json);
      read.others.push({ ...event, attributes: rest });
    }
  }
  return read;
}

const hasValue = (value: unknown): boolean => value !== undefined && value !== null;

/** Attributes have no structure in older versions: lists and objects come as JSON text. */
function content(attributes: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([key]) => key !== 'gen_ai.system' && key !== 'gen_ai.provider.name')
      .map(([key, value]) => [
        key,
        typeof value === 'string' && /^[[{]/.test(value) ? ((tryJson(value) ?? value) as Json) : value,
      ]),
  );
}
