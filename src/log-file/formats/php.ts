import { isJsonObject, type Json, type JsonObject, setBeside, tryJson } from '../../log/json.ts';
import { severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { plainDatedFormat, timedFormat } from './dated.ts';
import { timeOfLine } from './line-time.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

const ERROR =
  /^(?:PHP )?(?<kind>(?:Fatal|Parse|Compile|Core|Recoverable fatal|Catchable fatal) error|(?:User )?(?:Warning|Notice|Deprecated)|Strict Standards): {1,2}(?<message>.*)$/s;
const PLACE = / in (?<file>\/?[^\s:]{1,500}|[A-Z]:\\[^:]{1,500}) on line (?<line>\d{1,7})$/;
const UNCAUGHT = /^Uncaught (?<type>[A-Za-z_\\][\w\\]{0,200})(?:: |\(| )/;

/** `[11-Oct-2023 14:32:52 UTC] PHP Warning:  message in FILE on line N`, also without the time. */
const phpErrors: LogFormat = {
  name: 'php',
  continues: anyLine,
  besides: plainDatedFormat,
  first: /[[\dPFCRUWNDS]/,
  parse(line, clock) {
    const time = line.startsWith('[') ? timeOfLine(line, clock) : undefined;
    const found = ERROR.exec(time ? time.rest.replace(/^\] /, '') : line)?.groups;
    if (!found || (!time && !line.startsWith('PHP ') && !PLACE.test(line.slice(-600)))) return undefined;
    const message = found.message!.trim();
    const place = PLACE.exec(message.slice(-600))?.groups;
    return {
      timestamp: time?.timestamp ?? null,
      severityNumber: severityOfKind(found.kind!),
      message,
      errorType: UNCAUGHT.exec(message)?.groups?.type ?? null,
      attributes: attributesOf({ file: place?.file, line: numberOrNull(place?.line) }),
    };
  },
};

function severityOfKind(kind: string): number | null {
  if (/ error$/.test(kind)) return severityOfWord('fatal')!;
  return severityOfWord(/notice|deprecated|strict/i.test(kind) ? 'notice' : 'warning')!;
}

const LINE = /^\] (?<channel>[\w.-]{1,60}?)\.(?<level>[A-Za-z]{4,9}): (?<text>.*)$/s;
/** Laravel writes its environment where others write the channel. */
const ENVIRONMENTS = /^(?:production|prod|staging|stage|local|dev|development|test|testing|qa|uat|demo)$/;
/** The context of an exception goes on in the lines after it, with the trace. */
const EXCEPTION = /^\[object\] \(([A-Za-z_][\w\\]{0,300})\(code: /;
const OPEN_EXCEPTION = /"exception":"\[object\] \(([A-Za-z_][\w\\]{0,300})\(code: /;
/** What follows the line of an exception: its frames, the exceptions before it, and the end of the context. */
const TRACE_LINE = /^(?:\[stacktrace\]$|\[previous exception\] |#\d{1,6} |"\})/;
/** A context begins at one of the last or first of so many brackets. */
const CONTEXT_TRIES = 8;

/** `[2024-05-06T07:08:09.123456+02:00] app.ERROR: message {"context":1} {"extra":2}`: Monolog, Symfony, Laravel. */
const monolog: LogFormat = {
  ...timedFormat('monolog', { besides: plainDatedFormat }, readMonolog),
  adds(line, draft) {
    if (!draft.errorType || !TRACE_LINE.test(line)) return false;
    if (/^[#[]/.test(line) && line !== '[stacktrace]')
      draft.stackTrace = draft.stackTrace ? `${draft.stackTrace}\n${line}` : line;
    return true;
  },
};

function readMonolog(rest: string): Draft | undefined {
  const found = LINE.exec(rest)?.groups as Record<'channel' | 'level' | 'text', string> | undefined;
  const severityNumber = found && severityOfWord(found.level);
  if (!found || severityNumber === undefined) return undefined;
  const isEnvironment = ENVIRONMENTS.test(found.channel);
  return {
    severityNumber,
    component: isEnvironment ? null : found.channel,
    environment: isEnvironment ? found.channel : null,
    ...splitContext(found.text.trim()),
  };
}

/** The message before the context and the extra. Both are JSON; an empty one is `[]`. */
function splitContext(text: string): Pick<Draft, 'message' | 'attributes' | 'errorType'> {
  const exception = /[\]}]$/.test(text) ? null : OPEN_EXCEPTION.exec(text);
  if (exception) {
    const begin = text.lastIndexOf(' {"', exception.index + 1);
    const before = text.slice(begin + 1, exception.index);
    const attributes = tryJson(before === '{' ? '{}' : `${before.slice(0, -1)}}`);
    if (begin >= 0 && isJsonObject(attributes))
      return { message: text.slice(0, begin), attributes, errorType: exception[1]!.replaceAll('\\\\', '\\') };
  }
  const [message, extra] = lastJson(text);
  const [before, context] = extra === undefined ? [message, undefined] : lastJson(message);
  const attributes: JsonObject = {};
  for (const part of [context, extra]) {
    if (isJsonObject(part)) for (const [key, value] of Object.entries(part)) setBeside(attributes, key, value);
  }
  const { exception: thrown } = attributes;
  return {
    message: before,
    attributes,
    errorType: (typeof thrown === 'string' && EXCEPTION.exec(thrown)?.[1]) || null,
  };
}

/** A text without the JSON at its end, and the JSON. */
function lastJson(text: string): [string, Json?] {
  if (/(?:^| )\[\]$/.test(text)) return [text.slice(0, -2).trimEnd(), []];
  if (!text.endsWith('}')) return [text];
  for (let tries = 0, at = text.length; tries < CONTEXT_TRIES; tries++) {
    at = text.lastIndexOf(' {', at - 1);
    if (at < 0) break;
    const value = tryJson(text.slice(at + 1));
    if (value !== undefined) return [text.slice(0, at).trimEnd(), value as Json];
  }
  return [text];
}

const YII =
  /^ \[(?<client>[^[\]]{0,60})\]\[(?<user>[^[\]]{0,100})\]\[(?<session>[^[\]]{0,100})\]\[(?<level>[a-z]{4,8})\]\[(?<category>[^[\]]{0,300})\] (?<message>.*)$/s;

/** `2024-05-06 07:08:09 [127.0.0.1][7][-][error][yii\db\Exception] message`. */
const yii = timedFormat('yii', { besides: plainDatedFormat }, (rest) => {
  const found = YII.exec(rest)?.groups as Record<string, string> | undefined;
  const severityNumber = found && severityOfWord(found.level!);
  if (!found || severityNumber === undefined) return undefined;
  const given = (text: string | undefined): string | null => (text === '-' ? null : text) || null;
  return {
    severityNumber,
    message: found.message!.trim(),
    component: given(found.category),
    userId: given(found.user),
    httpClientIp: given(found.client),
    attributes: attributesOf({ session: given(found.session) }),
  };
});

export const PHP_FORMATS: readonly LogFormat[] = [monolog, phpErrors, yii];
