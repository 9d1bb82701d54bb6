import { accessFormat } from './formats/access.ts';
import { apacheErrorFormat } from './formats/apache-error.ts';
import { APPLICATION_FORMATS } from './formats/application-formats.ts';
import { plainDatedFormat } from './formats/dated.ts';
import { hdfsFormat } from './formats/hdfs.ts';
import { jsonFormat } from './formats/json.ts';
import type { BodyFormat, LogFormat } from './formats/log-format.ts';
import { logcatFormat } from './formats/logcat.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { nginxErrorFormat } from './formats/nginx-error.ts';
import { syslogFormat } from './formats/syslog.ts';
import { textFormat } from './formats/text.ts';

/**
 * Every format that Weir reads. A `LogFormat` is one of log files (`weir import --format`), a `BodyFormat` is one of request
 * bodies (`POST /ingest`, by Content-Type), and a format may be both. The most specific stands first: see `detectFormat`.
 */
const FORMATS: readonly (LogFormat | BodyFormat)[] = [
  jsonFormat,
  ndjsonFormat,
  accessFormat,
  apacheErrorFormat,
  nginxErrorFormat,
  logcatFormat,
  hdfsFormat,
  ...APPLICATION_FORMATS,
  syslogFormat,
  plainDatedFormat,
  textFormat,
];

export const LOG_FORMATS = FORMATS.filter((format): format is LogFormat => 'parse' in format);
export const BODY_FORMATS = FORMATS.filter((format): format is BodyFormat => 'contentTypes' in format);
