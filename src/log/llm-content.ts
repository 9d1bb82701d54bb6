import { isJsonObject, JSON_DEPTH_MAX, type Json, storableJson, tryJson } from './json.ts';
import { JsonText, type LlmContent, type LlmDraft } from './llm-call.ts';

/**
 * What is kept of what models were asked and answered (`LLM_CONTENT`). `redacted`: without secrets, as other text of records.
 * `full`: as it was sent, whatever `REDACT` says.
 */
export type LlmContentMode = 'off' | 'redacted' | 'full';
export const LLM_CONTENT_MODES: LlmContentMode[] = ['off', 'redacted', 'full'];

/**
 * The bound of `input` and of `output`, each, in characters of their JSON, roughly. What is beyond it is left out: the text that
 * reaches it ends with `cutMark`, and so does each list and each object that lacks members. The end is cut, not the beginning.
 */
export const LLM_CONTENT_LENGTH_MAX = 256 * 1024;
/** The text at the place where something was left out. In an object it is the value of the key `…`. */
const cutMark = (left: string): string => `… [${left} left out]`;
const CUT_KEY = '…';
/** The length of a number, a boolean or null, and of the punctuation of a list, an object or a member. */
const SCALAR_LENGTH = 4;

/** The content in its stored form; null if nothing was sent or nothing is kept. Adds its rough size in memory to `size`. */
export function storedContent(
  { input, output }: Pick<LlmDraft, 'input' | 'output'>,
  mode: LlmContentMode,
  size: { bytes: number },
): LlmContent | null {
  if (mode === 'off') return null;
  const stored = (value: unknown): Json =>
    storableJson(cut(withoutText(value), { left: LLM_CONTENT_LENGTH_MAX }, 0), size);
  const content = { input: stored(input), output: stored(output) };
  return content.input === null && content.output === null ? null : content;
}

/** Texts that may be JSON are parsed. They stand at the top, or one level below. */
function withoutText(value: unknown): unknown {
  if (value instanceof JsonText) return /^\s*[[{]/.test(value.text) ? (tryJson(value.text) ?? value.text) : value.text;
  if (!isJsonObject(value) || !Object.values(value).some((one) => one instanceof JsonText)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, one instanceof JsonText ? withoutText(one) : one]),
  );
}

/** The value as far as `room` reaches. Never deeper than what can be stored. */
function cut(value: unknown, room: { left: number }, depth: number): unknown {
  if (typeof value === 'string') return cutText(value, room);
  room.left -= SCALAR_LENGTH;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= JSON_DEPTH_MAX - 1) return cutMark(`more than ${JSON_DEPTH_MAX} levels`);
  return Array.isArray(value)
    ? cutList(value, room, depth)
    : isJsonObject(value)
      ? cutObject(value, room, depth)
      : null;
}

function cutText(text: string, room: { left: number }): string {
  const kept = text.length <= room.left ? text : text.slice(0, room.left);
  room.left -= kept.length;
  return kept.length === text.length ? text : `${kept}${cutMark(`${text.length - kept.length} characters`)}`;
}

function cutList(items: readonly unknown[], room: { left: number }, depth: number): unknown[] {
  const kept: unknown[] = [];
  for (const item of items) {
    if (room.left <= 0) return [...kept, cutMark(`${items.length - kept.length} elements`)];
    kept.push(cut(item, room, depth + 1));
  }
  return kept;
}

function cutObject(object: Record<string, unknown>, room: { left: number }, depth: number): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  const members = Object.entries(object);
  for (const [key, value] of members) {
    if (room.left <= 0) {
      kept.push([CUT_KEY, cutMark(`${members.length - kept.length} members`)]);
      break;
    }
    room.left -= key.length;
    kept.push([key, cut(value, room, depth + 1)]);
  }
  // `fromEntries` defines members: `__proto__` is one like others.
  return Object.fromEntries(kept);
}
