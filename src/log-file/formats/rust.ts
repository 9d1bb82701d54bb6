import { datedFormat, LEVEL, plainDatedFormat } from './dated.ts';
import type { LogFormat } from './log-format.ts';

const TARGET = '(?<logger>[A-Za-z_][\\w-]{0,100}(?:::[\\w<>{}#-]{1,100}){0,20})';
/** Spans that the event is in, each with its fields: `request{method=GET}:load{id=1}:`. */
const SPANS = String.raw`(?<spans>(?:[\w .-]{1,60}(?:\{[^}]{0,300}\})?:){1,10}) `;
const SOURCE = String.raw`(?:(?<location>[\w./\\-]{1,200}\.rs:\d{1,7}): )?`;

const tracing: LogFormat = {
  ...datedFormat(
    'rust-tracing',
    ` {1,2}${LEVEL} (?:(?<thread>ThreadId\\(\\d{1,9}\\)) )?(?:${SPANS})?${TARGET}: ${SOURCE}(?<message>.*)`,
    { besides: plainDatedFormat },
  ),
  // Lines of others also have a word and a colon after the level.
  isSure: ({ component, attributes }) => component!.includes('::') || Object.keys(attributes as object).length > 0,
};

/** tracing, env_logger, simplelog and log4rs. */
export const RUST_FORMATS: readonly LogFormat[] = [
  tracing,
  datedFormat('env-logger', ` ${LEVEL} {1,2}${TARGET}\\] (?<message>.*)`, { besides: plainDatedFormat }),
];
