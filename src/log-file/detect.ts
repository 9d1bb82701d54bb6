import { isJsonObject, type JsonObject, parseJson } from '../log/json.ts';
import { normalise } from '../record-names/normalise.ts';
import { accessFormat } from './formats/access.ts';
import { apacheErrorFormat } from './formats/apache-error.ts';
import type { Clock } from './formats/clock.ts';
import { plainDatedFormat } from './formats/dated.ts';
import { hdfsFormat } from './formats/hdfs.ts';
import { JAVA_FORMATS } from './formats/java.ts';
import { type LogFormat, noLine } from './formats/log-format.ts';
import { logcatFormat } from './formats/logcat.ts';
import { nginxErrorFormat } from './formats/nginx-error.ts';
import { PYTHON_FORMATS } from './formats/python.ts';
import { syslogFormat } from './formats/syslog.ts';
import { isTraceLine } from './stack-trace.ts';

const ndjsonFormat: LogFormat = {
  name: 'ndjson',
  continues: noLine,
  parse(line) {
    if (!line.trimStart().startsWith('{')) return undefined;
    try {
      const value = parseJson(line);
      return isJsonObject(value) ? normalise(value as JsonObject) : undefined;
    } catch {
      return undefined;
    }
  },
};

/** Every line is a record, but for the lines of a stack trace. */
const textFormat: LogFormat = { name: 'text', continues: isTraceLine, parse: () => undefined };

/** The most particular first. */
export const LOG_FORMATS: readonly LogFormat[] = [
  ndjsonFormat,
  accessFormat,
  apacheErrorFormat,
  nginxErrorFormat,
  syslogFormat,
  logcatFormat,
  hdfsFormat,
  ...JAVA_FORMATS,
  ...PYTHON_FORMATS,
  plainDatedFormat,
  textFormat,
];

/** Of the lines that could begin a record, so many must in a file of a format. */
const SHARE_MIN = 0.2;
/** A particular format is chosen before a general one that reads a few more lines. */
const PARTICULAR_SHARE_MIN = 0.8;

/** The format that reads most of a file's first lines; text where none reads enough of them. */
export function detectFormat(sample: readonly string[], clock: Clock): LogFormat {
  const candidates = sample.filter((line) => line.trim() !== '' && !/^\s/.test(line));
  const counts = LOG_FORMATS.map((format) => sample.filter((line) => format.parse(line, clock) !== undefined).length);
  const most = Math.max(...counts);
  if (most === 0 || most < candidates.length * SHARE_MIN) return textFormat;
  return LOG_FORMATS[counts.findIndex((count) => count >= most * PARTICULAR_SHARE_MIN)]!;
}
