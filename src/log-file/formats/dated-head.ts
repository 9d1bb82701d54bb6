import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { keepsLevel } from './head-level.ts';
import { attributesOf, numberOrNull } from './log-format.ts';

/** What may stand between two parts: `]: `, ` - `, `, `, a tab. */
const SEPARATOR = /[\])]?(?: ?[:,]| -+| ::)?[ \t]*/y;
/** `[ERROR]`, `(warn)`, `<info>`, `[WARN ]`. */
const ENCLOSED_LEVEL = /[[(<*] {0,8}([A-Za-z]{1,13}) {0,8}[\])>*]/y;
/** `ERROR`, `error:`, `Warning:`, `level=warn`. */
const LEVEL = /(?:(?:level|lvl|severity)=)?([A-Za-z]{1,13})(?=[:,|\s[]|$|-\s)/y;
/** What stands before a level: `[main]`, `(7)`, `{taskinstance.py:12}`, `<0.12.0>`, `25746`, `#12`, `app.db`, `web_1[12]`. */
const PART =
  /(?:\[([^[\]]{0,80})\]|\(([^()]{0,80})\)|\{([^{}]{0,80})\}|<([^<>]{0,80})>|(?:#|[Pp][Ii][Dd][:=] ?)?(\d{1,10})|((?:root|__main__|[A-Za-z_][\w$]*(?:(?:\.|::|[-/])[\w$]+)+|[a-z]+_[\w$]+)(?=[\s:[]))(?:\[(\d{1,10})\])?)(?=[\s:,[\](){}<-])/y;
const AFTER_LEVEL = /[\])>]?:?[ \t]*(?:(?:-|::|\|)[ \t]+)?/y;
/** More parts than these stand before no level. */
const PARTS_MAX = 5;

/** How far after a word its place is looked at. */
const AFTER = 24;

/** Levels that are other words where a sentence may begin. */
const OTHER_WORDS = new Set(['ALL', 'HTTP', 'SILLY', 'OFF', 'FAIL', 'FAILURE']);
const ONLY_CAPITALS = new Set(['LOG', 'CONFIG', 'SUCCESS', 'FINE', 'FINER', 'FINEST']);
/**
 * What stands between a line's time and its message, with a level in it: ` ERROR `, ` [main] WARN  `, `: I `, ` - app.db - ERROR - `,
 * `|ERROR|Shop.Orders|`. Undefined if there is no level.
 */
export function readHead(rest: string): Draft | undefined {
  const delimited = /^\s{0,20}([|;])|^(,)(?=\S)/.exec(rest);
  if (delimited) return readFields(rest.slice(delimited[0].length), delimited[1] ?? ',');
  let at = skip(SEPARATOR, rest, 0);
  if (at === 0) return undefined;
  const parts: Part[] = [];
  for (let count = 0; count <= PARTS_MAX; count++) {
    const level = levelAt(rest, at);
    if (level) return withLevel(level.severityNumber, rest, level.end, parts);
    PART.lastIndex = at;
    const m = PART.exec(rest);
    if (!m) return undefined;
    const [, square, round, curly, angle, number, name, pid] = m;
    if (name !== undefined) parts.push({ kind: 'name', text: name });
    if (curly !== undefined || angle !== undefined) parts.push({ kind: 'place', text: curly ?? angle! });
    for (const text of [square, round, number, pid]) if (text !== undefined) parts.push({ kind: 'enclosed', text });
    at = skip(SEPARATOR, rest, PART.lastIndex);
  }
  return undefined;
}

interface Part {
  kind: 'name' | 'enclosed' | 'place';
  text: string;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return Math.max(pattern.lastIndex, at);
}

function levelAt(rest: string, at: number): { severityNumber: number; end: number } | undefined {
  ENCLOSED_LEVEL.lastIndex = at;
  const enclosed = ENCLOSED_LEVEL.exec(rest)?.[1];
  if (enclosed !== undefined) {
    const severityNumber = OTHER_WORDS.has(enclosed.toUpperCase()) ? undefined : severityOfWord(enclosed);
    return severityNumber === undefined ? undefined : { severityNumber, end: ENCLOSED_LEVEL.lastIndex };
  }
  LEVEL.lastIndex = at;
  const word = LEVEL.exec(rest)?.[1];
  if (word === undefined) return undefined;
  const severityNumber = severityOfWord(word);
  if (severityNumber === undefined) return undefined;
  return isLabel(word, rest.slice(LEVEL.lastIndex, LEVEL.lastIndex + AFTER), rest, at)
    ? { severityNumber, end: LEVEL.lastIndex }
    : undefined;
}

/** Whether a word is a level and not the first one of a sentence. @param after the characters after it */
function isLabel(word: string, after: string, rest: string, at: number): boolean {
  const upper = word.toUpperCase();
  if (OTHER_WORDS.has(upper) || (word !== upper && ONLY_CAPITALS.has(upper))) return false;
  if (keepsLevel(rest.slice(at, at + 6))) return false;
  if (word.length === 1) return isLetterLabel(word, after);
  if (word === upper || word === word.toLowerCase()) return true;
  // `Error while reading` is a sentence. `Error  x`, `Info: x` and `Warning Disk full` are not.
  return /^[:,|]|^\s*$|^\s[\s[({"'A-Z]|^ - /.test(after);
}

/** `I am here` is a sentence, `I main.cc:12]` and `E x` are not. */
const isLetterLabel = (letter: string, after: string): boolean =>
  'VDWEFT'.includes(letter) || (letter === 'I' && !/^ [a-z']{1,20}(?: |$)|^'/.test(after));

function withLevel(severityNumber: number, rest: string, end: number, parts: readonly Part[]): Draft {
  const start = skip(AFTER_LEVEL, rest, end);
  const isColon = rest.charCodeAt(rest.charCodeAt(end) === 93 ? end + 1 : end) === 58;
  return {
    severityNumber,
    message: rest.slice(start).trim(),
    service: null,
    environment: null,
    ...namesOf(parts, isColon),
  };
}

/** A number is the process; a name is the logger, and so is a text in brackets before `LEVEL:`; other texts name the thread. */
function namesOf(parts: readonly Part[], isColon: boolean): Pick<Draft, 'component' | 'attributes'> {
  let component: string | null = null;
  const attributes: Record<string, string | number | null> = {};
  for (const { kind, text } of parts) {
    const words = text.trim();
    const pid = numberOrNull(words);
    if (words === '' || words === '-') continue;
    if (kind === 'place') attributes.location ??= words;
    else if (pid !== null) attributes[attributes.pid === undefined ? 'pid' : 'tid'] ??= pid;
    else if (component === null && (kind === 'name' || isColon || /^[\w$]+(?:\.[A-Za-z_][\w$]*)+$/.test(words)))
      component = words;
    else attributes.thread ??= words;
  }
  return { component, attributes: attributesOf(attributes) };
}

/** Fields before the message. */
const FIELDS_MAX = 5;
const FIELD_CHARACTERS_MAX = 100;
const LOGGER = /^[\w.$`<>+:/-]+$/;
const LEVEL_FIELD = /^\[?([A-Za-z]{1,13})\]?$/;

/** Fields between pipes, semicolons or commas: `ERROR|Shop.Orders|message`, also with spaces, and with fields before the level. */
function readFields(text: string, delimiter: string): Draft | undefined {
  const before: Part[] = [];
  let at = 0;
  for (let count = 0; count < FIELDS_MAX; count++) {
    const end = text.indexOf(delimiter, at);
    if (end < 0) return undefined;
    const field = text.slice(at, Math.min(end, at + FIELD_CHARACTERS_MAX)).trim();
    const severityNumber = severityOfWord(LEVEL_FIELD.exec(field)?.[1] ?? '');
    at = end + 1;
    if (severityNumber !== undefined) return afterLevelField(severityNumber, text, at, delimiter, before);
    before.push({ kind: LOGGER.test(field) && !/^\d/.test(field) ? 'name' : 'enclosed', text: field });
  }
  return undefined;
}

function afterLevelField(
  severityNumber: number,
  text: string,
  at: number,
  delimiter: string,
  before: readonly Part[],
): Draft {
  const end = text.indexOf(delimiter, at);
  const field = end < 0 || end - at > FIELD_CHARACTERS_MAX ? '' : text.slice(at, end).trim();
  // A comma also stands in messages.
  const hasLogger = LOGGER.test(field) && (delimiter !== ',' || /\w\.\w/.test(field));
  const names = namesOf(hasLogger ? [{ kind: 'name', text: field }, ...before] : before, false);
  const message = text.slice(hasLogger ? end + 1 : at).trim();
  return { severityNumber, message, service: null, environment: null, ...names };
}
