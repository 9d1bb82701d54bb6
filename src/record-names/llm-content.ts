import { isJsonObject, type Json, type JsonObject, setOwn } from '../log/json.ts';
import { JsonText } from '../log/llm-call.ts';
import { CONTENT_NAMES } from '../log/llm-sender-names.ts';

/** Where a name of content leads: `rest` is the path below a name of the table. */
interface Place {
  side: 'input' | 'output';
  key: string;
  rest: string;
}

/** Dots in a name of the table. */
const NAME_STEPS_MAX = 3;
/** Steps of a path below a name. A longer path is cut: its end is one key. */
const STEPS_MAX = 8;

/** What a model was asked and answered, put together from the names that a sender gave its parts. */
export interface ContentParts {
  input: Map<string, unknown>;
  output: Map<string, unknown>;
}

/** The longest name of the table that the path is, or begins with. Undefined if there is none. */
export function contentPlace(path: string): Place | undefined {
  let place: Place | undefined;
  let end = path.indexOf('.');
  for (let steps = 1; steps <= NAME_STEPS_MAX && end !== -1; steps++) {
    end = path.indexOf('.', end + 1);
    const name = end === -1 ? path : path.slice(0, end);
    const found = Object.hasOwn(CONTENT_NAMES, name) ? CONTENT_NAMES[name] : undefined;
    if (found) place = { side: found[0], key: found[1], rest: path.slice(name.length + 1) };
  }
  return place;
}

/** A value of the same place keeps the first. */
export function addContent(parts: ContentParts, { side, key, rest }: Place, value: Json | JsonText): void {
  const of = parts[side];
  if (rest === '') {
    if (!of.has(key)) of.set(key, value);
    return;
  }
  const before = of.get(key);
  const tree = isJsonObject(before) && !(before instanceof JsonText) ? (before as JsonObject) : {};
  if (before === undefined) of.set(key, tree);
  setDeep(tree, rest.split('.'), value);
}

function setDeep(tree: JsonObject, path: readonly string[], value: unknown): void {
  const steps = path.length > STEPS_MAX ? [...path.slice(0, STEPS_MAX), path.slice(STEPS_MAX).join('.')] : path;
  let at = tree;
  for (const step of steps.slice(0, -1)) {
    const inner = Object.hasOwn(at, step) ? at[step] : undefined;
    const next: JsonObject = isJsonObject(inner) ? (inner as JsonObject) : {};
    if (next !== inner) setOwn(at, step, next);
    at = next;
  }
  setOwn(at, steps.at(-1)!, value as Json);
}

/** The part itself if it is the only one, else all by their keys. Undefined if there is none. */
export function contentOf(parts: Map<string, unknown>): unknown {
  if (parts.size === 0) return undefined;
  const listed = [...parts].map(([key, value]): [string, unknown] => [key, withLists(value)]);
  return listed.length === 1 ? listed[0]![1] : Object.fromEntries(listed);
}

/** Objects whose keys are 0, 1, 2 ... as lists. */
function withLists(value: unknown): unknown {
  if (!isJsonObject(value) || value instanceof JsonText) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, withLists(inner)]);
  return entries.length > 0 && entries.every(([key], index) => key === String(index))
    ? entries.map(([, inner]) => inner)
    : Object.fromEntries(entries);
}
