import { severityOfHttpStatus, severityOfWord } from '../../log/level.ts';
import { datedFormat, fromGroups, plainDatedFormat } from './dated.ts';
import { httpFieldsOf } from './http-line.ts';
import { timeOfLine } from './line-time.ts';
import { anyLine, type LogFormat, noLine } from './log-format.ts';

const log4js = datedFormat(
  'log4js',
  String.raw`\] \[(?<level>[A-Z]{4,5})\] (?<logger>[\w.:/@-]{1,100}) - (?<message>.*)`,
  { besides: plainDatedFormat },
);

const NEST = /^\[(?<service>[\w -]{1,40})\] (?<pid>\d{1,10}) {1,6}- (?=\d)/;
const NEST_REST =
  /^ {1,8}(?<level>LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL)? ?(?:\[(?<logger>[^[\]]{1,100})\] )?(?<message>.*)$/s;

/** `[Nest] 7  - 05/06/2024, 7:08:09 AM     LOG [NestFactory] message +3ms`. */
const nest: LogFormat = {
  name: 'nest',
  continues: anyLine,
  first: /\[/,
  parse(line, clock) {
    const head = NEST.exec(line);
    const time = head && timeOfLine(line.slice(head[0].length), clock);
    const found = time && NEST_REST.exec(time.rest)?.groups;
    const { service, pid } = head?.groups ?? {};
    const draft = found && fromGroups({ ...found, pid, service: service === 'Nest' ? undefined : service });
    return draft ? { timestamp: time.timestamp, ...draft } : undefined;
  },
};

const NPM = 'silly|verbose|info|timing|http|notice|warn|error';
/** `12 silly fetch manifest x`: npm's debug logs. */
const NPM_DEBUG = new RegExp(`^\\d{1,9} (?<level>${NPM})(?: (?<message>.*))?$`, 's');
/** `npm error code E404`, and `npm ERR! code E404` of versions before 10.7. */
const NPM_TERMINAL = new RegExp(`^npm (?<level>${NPM}|ERR!|WARN) (?<message>.+)$`, 's');

const npmFormat = (name: string, pattern: RegExp, first: RegExp): LogFormat => ({
  name,
  continues: noLine,
  first,
  parse(line) {
    const { level, message = '' } = pattern.exec(line)?.groups ?? {};
    if (level === undefined) return undefined;
    const word = level === 'timing' ? 'debug' : level.replace('!', '');
    return { severityNumber: severityOfWord(word) ?? null, message: message.trimEnd() };
  },
});
// `3 error codes` may begin a text.
const npmDebug: LogFormat = { ...npmFormat('npm', NPM_DEBUG, /\d/), isSure: () => false };

const MORGAN =
  /^(?<method>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (?<path>\/\S{0,4000}) (?<status>[1-5]\d{2}) (?<duration>\d{1,9}\.\d{1,6} ms) - (?:\d{1,15}|-)$/;

/** `GET /path 200 1.234 ms - 12`: morgan's `dev`. */
const morgan: LogFormat = {
  name: 'morgan',
  continues: noLine,
  first: /[GPDHO]/,
  parse(line) {
    const { method, path, status, duration } = MORGAN.exec(line)?.groups ?? {};
    if (status === undefined) return undefined;
    return {
      severityNumber: severityOfHttpStatus(Number(status)),
      message: line,
      ...httpFieldsOf({ request: `${method} ${path}`, status, duration }),
    };
  },
};

export const NODE_FORMATS: readonly LogFormat[] = [
  log4js,
  nest,
  npmDebug,
  npmFormat('npm-terminal', NPM_TERMINAL, /n/),
  morgan,
];
