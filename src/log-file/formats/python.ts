import { severityOf, severityOfHttpStatus, severityOfWord } from '../../log/level.ts';
import { datedFormat, fromGroups, LEVEL, plainDatedFormat } from './dated.ts';
import { httpFieldsOf } from './http-line.ts';
import { timeOfLine } from './line-time.ts';
import { anyLine, hasDottedName, type LogFormat } from './log-format.ts';

const MESSAGE = '(?<message>.*)';
const LOGGER = String.raw`(?<logger>[\w.<>-]+)`;
const layout = (name: string, rest: string): LogFormat => datedFormat(name, rest, { besides: plainDatedFormat });

const BASIC = new RegExp(`^${LEVEL}:(?<logger>[^:\\s]+):${MESSAGE}$`, 's');

/** `LEVEL:name:message`, as `logging.basicConfig()` writes it. */
const basic: LogFormat = {
  name: 'python-basic',
  continues: anyLine,
  first: /[A-Z]/,
  parse: (line) => {
    const found = BASIC.exec(line)?.groups;
    return found && fromGroups(found);
  },
};

const CRITICAL = severityOf('CRITICAL');
const UVICORN = /^(?<level>INFO|ERROR|WARNING|DEBUG|TRACE|CRITICAL): {1,5}(?<message>\S.*)$/s;
const UVICORN_REQUEST =
  /^(?<client>[\w.:]{1,60}):\d{1,5} - "(?<request>[A-Z]{3,7} [^\s"]{1,4000} HTTP\/[\d.]{1,3})" (?<status>\d{3})(?: [A-Z][\w ']{0,60})?$/;
/** The longest word of a level, its colon and a space: uvicorn pads the others to it. */
const UVICORN_MESSAGE_AT = 10;

/** `INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK` and `ERROR:    message`. */
const uvicorn: LogFormat = {
  name: 'uvicorn',
  // The longest level has no padding: the line may be any text.
  isSure: ({ severityNumber }) => severityNumber !== CRITICAL,
  continues: anyLine,
  first: /[IEWDTC]/,
  parse(line) {
    const found = UVICORN.exec(line)?.groups as { level: string; message: string } | undefined;
    if (!found || line.length - found.message.length !== UVICORN_MESSAGE_AT) return undefined;
    const request = UVICORN_REQUEST.exec(found.message)?.groups as
      | Record<'client' | 'request' | 'status', string>
      | undefined;
    return {
      severityNumber: severityOfWord(found.level)!,
      message: found.message.trim(),
      ...(request && httpFieldsOf(request)),
    };
  },
};

const DEV_SERVER = /^(?:(?<client>[\w.:]{2,60}) - - )?(?=\[\d\d\/[A-Z])/;
const DEV_REQUEST = /^\] "(?<request>[^"]{0,4000})" (?<status>\d{3}) (?:\d{1,15}|-)$/;

/** The development servers of Django and Flask: `[06/May/2024 07:08:09] "GET / HTTP/1.1" 200 12`. */
const devServer: LogFormat = {
  name: 'python-http',
  continues: anyLine,
  first: /[[\w:]/,
  parse(line, clock) {
    const head = DEV_SERVER.exec(line);
    const time = head && timeOfLine(line.slice(head[0].length), clock);
    const found = time && (DEV_REQUEST.exec(time.rest)?.groups as Record<'request' | 'status', string> | undefined);
    if (!found) return undefined;
    return {
      timestamp: time.timestamp,
      severityNumber: severityOfHttpStatus(Number(found.status)),
      message: line.trim(),
      ...httpFieldsOf({ ...found, client: head.groups?.client }),
    };
  },
};

const TORNADO = /^\[(?<level>[DIWEC]) (?=\d)/;
const TORNADO_REST = new RegExp(`^ (?<logger>[^\\]]{1,100})\\] ${MESSAGE}$`, 's');

/** `[I 2024-05-06 07:08:09.123 NotebookApp] message` of Jupyter, `[W 240506 07:08:09 web:12] message` of Tornado. */
const tornado: LogFormat = {
  name: 'tornado',
  continues: anyLine,
  first: /\[/,
  parse(line, clock) {
    const head = TORNADO.exec(line);
    // Tornado writes the day without separators.
    const text = head && line.slice(head[0].length).replace(/^(\d\d)(\d\d)(\d\d) /, '20$1-$2-$3 ');
    const time = text ? timeOfLine(text, clock) : undefined;
    const found = time && TORNADO_REST.exec(time.rest)?.groups;
    const draft = found && fromGroups({ ...found, level: head!.groups?.level });
    return draft && { timestamp: time!.timestamp, ...draft };
  },
};

const TRACED = layout(
  'python-traced',
  String.raw` ${LEVEL} \[${LOGGER}\] \[(?<location>[^\]]{1,200}:\d{1,7})\] \[(?<context>[\w.]+=[^\]]*)\] - ${MESSAGE}`,
);

/** `INFO [shop] [a.py:1] [trace_id=1 span_id=2 resource.service.name=x] - message`, as OpenTelemetry and Datadog recommend. */
const traced: LogFormat = {
  ...TRACED,
  parse(line, clock) {
    const draft = TRACED.parse(line, clock);
    if (!draft) return undefined;
    const { context, ...attributes } = draft.attributes as Record<string, string>;
    const { traceId, spanId, service, environment, ...others } = contextOf(context!);
    return { ...draft, traceId, spanId, service, environment, attributes: { ...attributes, ...others } };
  },
};

const CONTEXT_NAMES: Readonly<Record<string, string>> = {
  trace_id: 'traceId',
  span_id: 'spanId',
  'resource.service.name': 'service',
  'dd.trace_id': 'traceId',
  'dd.span_id': 'spanId',
  'dd.service': 'service',
  'dd.env': 'environment',
};

/** Zero and nothing mean that there is no trace. */
const contextOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .trim()
      .split(' ')
      .map((pair) => pair.split(/=(.*)/s) as [string, string?])
      .filter((pair): pair is [string, string] => pair[1] !== undefined && !/^0*$/.test(pair[1]))
      .map(([key, value]) => [CONTEXT_NAMES[key] ?? key, value]),
  );

/** The usual layouts of Python's `logging` and of its frameworks. */
export const PYTHON_FORMATS: readonly LogFormat[] = [
  layout('python', ` - ${LOGGER} - ${LEVEL} - ${MESSAGE}`),
  layout('loguru', String.raw` +\| ${LEVEL} +\| (?<logger>[\w.<>]+):[\w<>]+:(?<line>\d+) - ${MESSAGE}`),
  layout('flask', String.raw`\] ${LEVEL} in ${LOGGER}: ${MESSAGE}`),
  layout('celery', String.raw`: ${LEVEL}/(?<thread>[^\]]+)\] ${MESSAGE}`),
  layout('scrapy', String.raw` \[${LOGGER}\] ${LEVEL}: ${MESSAGE}`),
  { ...layout('openstack', String.raw` (?<pid>\d+) ${LEVEL} ${LOGGER}(?: -|:)? ${MESSAGE}`), isSure: hasDottedName },
  { ...layout('python-level-first', ` - ${LEVEL} - ${LOGGER} - ${MESSAGE}`), isSure: hasDottedName },
  // A word before a level may be of a sentence.
  {
    ...layout('named', `(?: -|:)? {1,4}(?<logger>[A-Za-z_][\\w.<>-]*)(?: -|:)? {1,8}${LEVEL}(?: -|:)? ${MESSAGE}`),
    isSure: hasDottedName,
  },
  traced,
  layout('airflow', String.raw`\] \{{1,2}(?<location>[^{}]{1,300})\}{1,2} ${LEVEL} - ${MESSAGE}`),
  basic,
  uvicorn,
  devServer,
  tornado,
];
