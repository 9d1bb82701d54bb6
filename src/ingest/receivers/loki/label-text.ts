import { goUnescaped } from '../../../log/go-text.ts';
import { type JsonObject, setOwn } from '../../../log/json.ts';
import { PAIRS_MAX } from './limits.ts';

/** `job="nginx"`, with a comma or the end after it. Names may have characters that Loki does not allow: nothing is gained by refusing. */
const PAIR = /\s*([^\s="{},]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*(,|$)/sy;
/** The labels in Loki's text form: `{job="nginx", host="web-1"}`. Undefined if it is none, or has too many. */
export function labelsOfText(text: string): JsonObject | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  const inner = trimmed.slice(1, -1).trim();
  const labels: JsonObject = {};
  PAIR.lastIndex = 0;
  for (let pairs = 1; PAIR.lastIndex < inner.length; pairs++) {
    const match = PAIR.exec(inner);
    if (!match || pairs > PAIRS_MAX) return undefined;
    setOwn(labels, match[1]!, match[3] ?? goUnescaped(match[2]!));
  }
  return labels;
}
