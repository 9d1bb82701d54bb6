import { isJsonObject, tryJson } from '../../../log/json.ts';
import { severityOfWord } from '../../../log/level.ts';
import type { Draft } from '../../../log/record.ts';
import type { Clock } from '../clock.ts';
import { anyLine, attributesOf, groupsOf, type LogFormat, TIME } from '../log-format.ts';

const START = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T${TIME}Z`;
const ID = String.raw`(?<id>[\w-]{8,60}|undefined)`;
const NODE = new RegExp(String.raw`^${START}\t${ID}\t(?<level>[A-Z]{4,8})\t(?<message>.*)$`, 's');
const PYTHON = new RegExp(String.raw`^\[(?<level>[A-Z]{4,8})\]\t${START}\t${ID}\t(?<message>.*)$`, 's');
const PLATFORM =
  /^(?<event>START|END|REPORT|INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT|XRAY)\b(?: RequestId: (?<id>[\w-]{8,60}))?/;
/** A runtime that ended, and a time limit. */
const FAILED = new RegExp(
  String.raw`^(?:${START} )?(?:(?<id>[\w-]{8,60}) Task timed out after |RequestId: (?<id>[\w-]{8,60}) (?:Error: |Process exited ))`,
);
const DURATION = /\tDuration: (\d{1,12}(?:\.\d{1,6})?) ms/;
const MEMORY = /\tMax Memory Used: (\d{1,9}) MB/;
const INIT = /\tInit Duration: (\d{1,12}(?:\.\d{1,6})?) ms/;

/** AWS Lambda's text logs: `time<TAB>id<TAB>INFO<TAB>message` of Node, `[INFO]<TAB>time<TAB>id<TAB>message` of Python, the platform's lines. */
export const lambdaFormat: LogFormat = {
  name: 'aws-lambda',
  first: /[\d[SERIX]/,
  continues: anyLine,
  parse,
};

function parse(line: string, clock: Clock): Draft | undefined {
  return parseOwn(line, clock) ?? parsePlatform(line) ?? parseFailure(line, clock) ?? parseRaised(line);
}

function parseOwn(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'level' | 'id' | 'message'>(NODE, line) ?? groupsOf<'level' | 'id' | 'message'>(PYTHON, line);
  const timestamp = groups && clock.read({ ...groups, offset: 'Z' });
  const severityNumber = groups && severityOfWord(groups.level);
  if (!groups || timestamp === undefined || severityNumber === undefined) return undefined;
  const { id, message } = groups;
  return {
    timestamp,
    severityNumber,
    message: message.trim(),
    correlationId: id === 'undefined' ? null : id,
    ...thrown(message),
  };
}

/** Node logs an uncaught error as JSON after its kind: `Invoke Error<TAB>{"errorType":...}`. */
function thrown(message: string): Pick<Draft, 'errorType' | 'stackTrace'> {
  const at = message.indexOf('\t{');
  const error = at < 0 ? undefined : tryJson(message.slice(at + 1));
  if (!isJsonObject(error) || typeof error.errorType !== 'string') return {};
  const { errorType, stack } = error;
  return { errorType, stackTrace: Array.isArray(stack) && stack.length > 0 ? stack.map(String).join('\n') : null };
}

function parsePlatform(line: string): Draft | undefined {
  const groups = PLATFORM.exec(line)?.groups;
  if (!groups || (groups.id === undefined && !/^(?:INIT|RESTORE)/.test(groups.event!))) return undefined;
  return {
    message: line.trim(),
    durationMs: numberIn(DURATION, line),
    correlationId: groups.id ?? null,
    attributes: attributesOf({ maxMemoryMb: numberIn(MEMORY, line), initDurationMs: numberIn(INIT, line) }),
  };
}

/** `[ERROR] KeyError: 'name'`, then a traceback: what Python's runtime writes of an error that nothing caught. */
const RAISED = /^\[ERROR\] (?<errorType>[A-Z][\w.]{1,100})(?:: (?<message>.*)|$)/s;

function parseRaised(line: string): Draft | undefined {
  const errorType = RAISED.exec(line)?.groups?.errorType;
  if (errorType === undefined) return undefined;
  return { severityNumber: 17, message: line.slice('[ERROR] '.length).trim(), errorType };
}

function parseFailure(line: string, clock: Clock): Draft | undefined {
  const groups = groupsOf<'id'>(FAILED, line);
  if (!groups) return undefined;
  const timestamp = groups.year === undefined ? null : clock.read({ ...groups, offset: 'Z' });
  return { timestamp: timestamp ?? null, severityNumber: 17, message: line.trim(), correlationId: groups.id };
}

function numberIn(pattern: RegExp, line: string): number | null {
  const found = pattern.exec(line.slice(0, 2000))?.[1];
  return found === undefined ? null : Number(found);
}
