import { type Json, type JsonObject, setBeside, setInstead, setOwn } from '../json.ts';
import type { NewRecord, Redactor } from '../record.ts';
import { createPairScan } from './pair-scan.ts';
import { type Rule, redacted } from './rule.ts';
import { createSecretKeys } from './secret-keys.ts';
import { textRules } from './text-rules.ts';

/** What is redacted besides what every redactor redacts. */
export interface RedactConfig {
  /** Regular expressions. Each match of one is a secret. */
  readonly patterns: readonly string[];
  /** Names whose text value is a secret. */
  readonly keys: readonly string[];
  /** Names of the list in `secret-keys.ts` that are none here. */
  readonly publicKeys: readonly string[];
}

export const NO_EXTRAS: RedactConfig = { patterns: [], keys: [], publicKeys: [] };

/** The attribute with the number of secrets that were replaced in a record. */
export const COUNT_ATTRIBUTE = 'weir.redacted';
/** What redaction left before. A text that has more beside it may have another secret. */
const REDACTED = /^(?:\[redacted:[\w-]+\])+$/;
/** Names in attributes whose verdict is remembered. Records of one sender have the same few names. */
const KEYS_KEPT_MAX = 10_000;
/** The fields with text in which people, or programs without care, write secrets. Ids are not among them. */
export const REDACTED_FIELDS = ['message', 'action', 'stackTrace', 'httpPath', 'httpUserAgent'] as const;

/** The name of what a pair says: `{"name": "Cookie", "value": "..."}`. */
const VALUE_OF_PAIR = 'value';

/** What a name in attributes means. */
interface Verdict {
  /** The kind of its text value, if that is a secret. */
  kind: string | undefined;
  /** The name itself, without secrets. */
  name: string;
}

/**
 * Replaces what is surely a secret. Most texts have none, so a scan of one pass first finds which rules may match
 * (`pair-scan.ts`), and only those run.
 */
export function createRedactor({ patterns, keys, publicKeys }: RedactConfig): Redactor {
  const kindOf = createSecretKeys(keys, publicKeys);
  const verdicts = new Map<string, Verdict>();
  /** Replaced in the record that is redacted now. */
  let count = 0;

  /** What was redacted before stays, and counts no more. */
  function secret(kind: string, value: string): string {
    if (value === '' || REDACTED.test(value)) return value;
    count++;
    return redacted(kind);
  }

  /**
   * The text without the secrets of a rule. What the pattern's group has found stays before each. `String.replace` would put
   * the text together again for each match that is none, which takes a second for the worst text of a record.
   */
  function replace({ kind, pattern, isSecret }: Rule, value: string): string {
    let left = '';
    let copied = 0;
    pattern.lastIndex = 0;
    for (let found = pattern.exec(value); found !== null; found = pattern.exec(value)) {
      const [match, kept = ''] = found;
      const name = isSecret ? isSecret(match, kept, value, found.index) : kind;
      if (!name) continue;
      const shown = match.slice(kept.length);
      const hidden = secret(typeof name === 'string' ? name : kind, shown);
      if (hidden === shown) continue;
      left += value.slice(copied, found.index) + kept + hidden;
      copied = pattern.lastIndex;
    }
    return copied === 0 ? value : left + value.slice(copied);
  }

  const rules = textRules(kindOf);
  const { rulesFor, table } = createPairScan(rules);
  const ownPatterns = patterns.map((source) => new RegExp(source, 'g'));

  function text(value: string): string {
    const found = rulesFor(value);
    if (found === 0 && ownPatterns.length === 0) return value;
    let left = value;
    // Their groups have no meaning.
    for (const pattern of ownPatterns) left = left.replace(pattern, (match) => secret('pattern', match));
    for (let i = 0; i < rules.length; i++) if ((found & (1 << i)) !== 0) left = replace(rules[i]!, left);
    return left;
  }

  function verdictOf(key: string): Verdict {
    const known = verdicts.get(key);
    if (known) return known;
    const before = count;
    const verdict = { kind: kindOf(key), name: text(key) };
    // Not remembered: a name with a secret in it is counted each time, and does not stay in memory.
    if (count > before) return verdict;
    if (verdicts.size >= KEYS_KEPT_MAX) verdicts.clear();
    verdicts.set(key, verdict);
    return verdict;
  }

  /** The value of a member, or of an element of a list, whose name has this kind. Objects and lists are changed in place. */
  function json(value: unknown, kind: string | undefined): unknown {
    if (typeof value === 'string') return kind === undefined ? text(value) : secret(kind, value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) for (let i = 0; i < value.length; i++) value[i] = json(value[i], kind);
    else members(value as JsonObject);
    return value;
  }

  /** Headers and forms are often lists of `{"name": "Cookie", "value": "..."}`. */
  function kindOfPair({ name, key = name }: JsonObject): string | undefined {
    return typeof key === 'string' ? kindOf(key) : undefined;
  }

  function members(object: JsonObject): void {
    const renamed: [string, string][] = [];
    for (const key in object) {
      const { kind, name } = verdictOf(key);
      const value = object[key];
      const left = json(value, kind ?? (key === VALUE_OF_PAIR ? kindOfPair(object) : undefined));
      if (left !== value) setOwn(object, key, left as string);
      if (name !== key) renamed.push([key, name]);
    }
    for (const [key, name] of renamed) {
      const value = object[key]!;
      delete object[key];
      setBeside(object, name, value);
    }
  }

  return {
    text,
    pairs: ownPatterns.length === 0 ? table : null,
    isPlainName(key) {
      const { kind, name } = verdictOf(key);
      return kind === undefined && name === key && key !== VALUE_OF_PAIR;
    },
    record(record, withContent) {
      count = 0;
      for (const field of REDACTED_FIELDS) {
        const value = record[field];
        if (value !== null) record[field] = text(value);
      }
      members(record.attributes);
      if (record.llm?.parameters) members(record.llm.parameters);
      const { llmContent } = record;
      if (withContent && llmContent !== null) {
        llmContent.input = json(llmContent.input, undefined) as Json;
        llmContent.output = json(llmContent.output, undefined) as Json;
      }
      if (count > 0) writeCount(record, count);
    },
  };
}

/** Added to the count of a record that was redacted before: a dead letter that is imported. */
function writeCount({ attributes }: NewRecord, count: number): void {
  const before = attributes[COUNT_ATTRIBUTE];
  if (typeof before === 'number') attributes[COUNT_ATTRIBUTE] = before + count;
  else setInstead(attributes, COUNT_ATTRIBUTE, count);
}
