import type { JsonObject } from '../log/json.ts';
import type { LlmDraft } from '../log/llm-call.ts';

/**
 * Takes the model call out of attributes. `rest` holds what no field took; it is `attributes` itself where they tell of no
 * call. Prompts and answers go to `llm.input` and `llm.output`, never to `rest`.
 */
export function takeLlm(attributes: JsonObject): { llm: LlmDraft | null; rest: JsonObject } {
  return { llm: null, rest: attributes };
}
