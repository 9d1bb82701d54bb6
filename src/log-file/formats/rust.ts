import { datedFormat, LEVEL, plainDatedFormat } from './dated.ts';
import { anyLine, type LogFormat } from './log-format.ts';

const TARGET = '(?<logger>[A-Za-z_][\\w-]{0,100}(?:::[\\w<>{}#-]{1,100}){0,20})';
/** Spans that the event is in, each with its fields: `request{method=GET}:load{id=1}:`. */
const SPANS = String.raw`(?<spans>(?:[\w .-]{1,60}(?:\{[^}]{0,300}\})?:){1,10}) `;
const SOURCE = String.raw`(?:(?<location>[\w./\\-]{1,200}\.rs:\d{1,7}): )?`;

const tracing: LogFormat = {
  ...datedFormat(
    'rust-tracing',
    ` {1,2}${LEVEL} (?:(?<thread>(?:[\\w.-]{1,40} )?ThreadId\\(\\d{1,9}\\)) )?(?:${SPANS})?${TARGET}:(?: ${SOURCE}(?<message>.*)|$)`,
    { besides: plainDatedFormat },
  ),
  // Lines of others also have a word and a colon after the level.
  isSure: ({ component, attributes }) => component!.includes('::') || Object.keys(attributes as object).length > 0,
};

/** tracing's `pretty`: each record is indented, and so are the lines that say where it is from. */
const pretty: LogFormat = {
  name: 'rust-tracing-pretty',
  continues: anyLine,
  first: / /,
  parse: (line, clock) => (/^ {2}\d{4}-/.test(line) ? tracing.parse(line.slice(2), clock) : undefined),
  adds(line, draft) {
    const { name, value } = PLACE.exec(line)?.groups ?? {};
    if (name === undefined) return false;
    const attributes = draft.attributes as Record<string, unknown>;
    attributes[name === 'at' ? 'location' : 'spans'] ??= value;
    return true;
  },
};
const PLACE = /^ {4}(?<name>at|in) (?<value>\S.{0,500}?)(?: on \S+)?$/;

/** tracing, env_logger, simplelog and log4rs. */
export const RUST_FORMATS: readonly LogFormat[] = [
  tracing,
  pretty,
  datedFormat('env-logger', ` ${LEVEL} {1,2}${TARGET}\\] (?<message>.*)`, { besides: plainDatedFormat }),
];
