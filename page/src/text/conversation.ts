import type { Json } from '../api/json.ts';

/** One thing that was said in a model call. */
export interface Said {
  /** `system`, `user`, `assistant`, `tool` ...; as the sender says. */
  role: string;
  /** Its parts: text, or what is no text as JSON. */
  parts: readonly string[];
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What was sent or answered, as a conversation. It knows the forms of OpenTelemetry (`role` and `parts`), of OpenAI (`messages`,
 * `choices`) and of Anthropic (`system`, `content`); what has another form is one text of JSON.
 *
 * @param role of what does not say its own
 */
export function conversationOf(content: Json, role: string): Said[] {
  if (content === null) return [];
  if (Array.isArray(content)) {
    const messages = content.every((one) => isObject(one) && ('role' in one || 'message' in one));
    return messages ? content.flatMap((one) => conversationOf(one, role)) : [{ role, parts: partsOf(content) }];
  }
  if (!isObject(content)) return [{ role, parts: partsOf(content) }];
  const list = content.messages ?? content.choices;
  if (Array.isArray(list)) {
    const system = content.system ?? content.system_instructions;
    const before = system === undefined ? [] : [{ role: 'system', parts: partsOf(system) }];
    return [...before, ...list.flatMap((one) => conversationOf(one, role))];
  }
  if (isObject(content.message)) return conversationOf(content.message, role);
  const said = content.parts ?? content.content;
  const own = typeof content.role === 'string' ? content.role : role;
  if (said === undefined) return [{ role: own, parts: [shown(content)] }];
  const tools = content.tool_calls === undefined || content.tool_calls === null ? [] : [shown(content.tool_calls)];
  return [{ role: own, parts: [...partsOf(said), ...tools] }];
}

function partsOf(said: Json): string[] {
  if (said === null) return [];
  return Array.isArray(said) ? said.map(partOf) : [partOf(said)];
}

function partOf(part: Json): string {
  if (!isObject(part)) return shown(part);
  const text = part.text ?? part.content;
  return typeof text === 'string' ? text : shown(part);
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
