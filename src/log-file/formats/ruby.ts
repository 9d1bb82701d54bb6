import { severityOfHttpStatus, severityOfWord } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { timedFormat } from './dated.ts';
import { timeOfLine } from './line-time.ts';
import { anyLine, attributesOf, type LogFormat, numberOrNull } from './log-format.ts';

const HEAD = /^[DIWEFA], \[/;
const LINE = /^ #(?<pid>\d{1,10})\] {1,3}(?<level>[A-Z]{3,5}) -- (?<program>[^:]{0,100}): ?(?<message>.*)$/s;
/** Tags of Rails, such as the id of the request. */
const REQUEST_ID = /^\[(?<id>[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32})\](?: (?<message>.*))?$/s;
const FRAME = /^[^\s:]\S{0,500}:\d{1,7}:in [`']/;
/** `ActiveRecord::RecordNotFound (no such user):` */
const RAISED = /^([A-Z]\w*(?:::[A-Z]\w*)*) \(/;
const STARTED =
  /^Started (?<method>[A-Z]{3,7}) "(?<path>[^"]{0,4000})" for (?<client>[0-9a-fA-F.:]{2,45})(?: at (?<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}))?/;
const COMPLETED = /^Completed (?<status>\d{3}) [\w' -]{1,60}? in (?<duration>\d{1,9}(?:\.\d{1,6})?)ms/;

/** Ruby's `Logger`: `I, [2024-05-06T07:08:09.123456 #42]  INFO -- : message`. Requests of Rails have their fields. */
const ruby: LogFormat = {
  name: 'ruby',
  continues: anyLine,
  first: /[DIWEFA]/,
  parse: (line, clock) => (HEAD.test(line) ? logger.parse(line.slice(3), clock) : undefined),
  // Rails writes the tags of a record before each of its lines.
  adds(line, draft) {
    const tag = draft.correlationId ? `[${draft.correlationId}]` : undefined;
    if (tag === undefined || !line.startsWith(tag)) return false;
    addLine(line.slice(tag.length).trim(), draft);
    return true;
  },
};
const logger = timedFormat('ruby', {}, (rest) => {
  const { pid, level, program, message } = LINE.exec(rest)?.groups ?? {};
  // A severity above FATAL is written as ANY.
  const severityNumber = level === 'ANY' ? null : level && severityOfWord(level);
  if (severityNumber === undefined || severityNumber === '') return undefined;
  const { attributes, ...request } = requestOf(message!.trim());
  return {
    component: program!.trim() || null,
    ...request,
    severityNumber: severityNumber ?? request.severityNumber ?? null,
    attributes: { ...attributesOf({ pid: numberOrNull(pid) }), ...(attributes as object) },
  };
});

function addLine(text: string, draft: Draft): void {
  if (text === '') return;
  if (FRAME.test(text)) {
    draft.stackTrace = draft.stackTrace ? `${draft.stackTrace}\n${text}` : text;
  } else {
    draft.errorType ??= RAISED.exec(text)?.[1] ?? null;
    draft.message = draft.message ? `${draft.message}\n${text}` : text;
  }
}

/** Rails in production, without a formatter: `[id] Started GET "/" for 127.0.0.1 at 2024-05-06 07:08:09 +0000`. */
const rails: LogFormat = {
  name: 'rails',
  continues: anyLine,
  first: /[[SPC]/,
  parse(line, clock) {
    if (!REQUEST_ID.test(line) && !STARTED.test(line) && !COMPLETED.test(line)) return undefined;
    const draft = requestOf(line.trim());
    const at = STARTED.exec(draft.message!)?.groups?.at;
    return { ...draft, timestamp: at ? (timeOfLine(at, clock)?.timestamp ?? null) : null };
  },
};

function requestOf(text: string): Draft {
  const { id, message = id === undefined ? text : '' } = REQUEST_ID.exec(text)?.groups ?? {};
  const started = STARTED.exec(message)?.groups;
  const completed = COMPLETED.exec(message)?.groups;
  return {
    message,
    correlationId: id ?? null,
    severityNumber: completed ? severityOfHttpStatus(Number(completed.status)) : null,
    ...(started ? { httpMethod: started.method!, httpPath: started.path!, httpClientIp: started.client! } : {}),
    ...(completed ? { httpStatus: Number(completed.status), durationMs: Number(completed.duration) } : {}),
    attributes: {},
  };
}

const CONTEXT =
  /^ (?<context>pid=\d{1,10} tid=\S{1,40} (?:\w{1,40}=\S{1,200} ){0,12})(?<level>[A-Z]{4,5}): (?<message>.*)$/s;

/** `2024-05-06T07:08:09.123Z pid=1 tid=abc class=HardJob jid=xyz INFO: start`. */
const sidekiq = timedFormat('sidekiq', {}, (rest) => {
  const found = CONTEXT.exec(rest)?.groups as Record<'context' | 'level' | 'message', string> | undefined;
  const severityNumber = found && severityOfWord(found.level);
  if (!found || severityNumber === undefined) return undefined;
  const {
    pid,
    class: job,
    ...others
  } = Object.fromEntries(
    found.context
      .trim()
      .split(' ')
      .map((pair) => pair.split(/=(.*)/s)),
  );
  return {
    severityNumber,
    message: found.message.trim(),
    component: (job as string | undefined) ?? null,
    attributes: attributesOf({ pid: numberOrNull(pid), ...others }),
  };
});

export const RUBY_FORMATS: readonly LogFormat[] = [ruby, sidekiq, rails];
