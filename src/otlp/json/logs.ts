import { bytesOf, type JsonSlice } from '../../log/json-walk.ts';
import { TOO_LARGE, type TooLarge } from '../telemetry/limits.ts';
import { type From, type OtlpLog, PAUSE, type Pause } from '../telemetry/telemetry.ts';
import { createValueCount, TooManyValues, type ValueCount } from '../telemetry/value-count.ts';
import { anyValue, attributesOf } from './attributes.ts';
import { jsonItems } from './items.ts';
import { enumOf, idOf, integerOf, type Members, member, parsed, textOf } from './members.ts';

const NAMES = {
  ofResource: ['resourceLogs', 'resource_logs'],
  ofScope: ['scopeLogs', 'scope_logs'],
  items: ['logRecords', 'log_records'],
};

/** `SEVERITY_NUMBER_INFO2` is 10. */
const SEVERITIES = [
  'UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) => ['', '2', '3', '4'].map((n) => level + n)),
].map((name) => `SEVERITY_NUMBER_${name}`);

/**
 * The log records of a request in OTLP's JSON.
 * @throws BodyRejected the text is no such request, or it is too large
 */
export function* jsonLogs(body: Buffer): Generator<From<OtlpLog | TooLarge> | Pause> {
  for (const found of jsonItems(body, NAMES)) {
    yield found === PAUSE ? PAUSE : { ...found, item: logOf(body, found.item) };
  }
}

function logOf(body: Buffer, slice: JsonSlice): OtlpLog | TooLarge {
  try {
    const count = createValueCount();
    const log = decodedLog(parsed(body, slice), count);
    log.size = count.sizeOf(bytesOf(slice));
    return log;
  } catch (error) {
    if (error instanceof TooManyValues) return TOO_LARGE;
    throw error;
  }
}

const decodedLog = (log: Members, count: ValueCount): OtlpLog => ({
  time: integerOf(member(log, 'timeUnixNano', 'time_unix_nano'), 'timeUnixNano'),
  observedTime: integerOf(member(log, 'observedTimeUnixNano', 'observed_time_unix_nano'), 'observedTimeUnixNano'),
  severityNumber: enumOf(member(log, 'severityNumber', 'severity_number'), SEVERITIES, 'severityNumber'),
  severityText: textOf(member(log, 'severityText', 'severity_text'), 'severityText'),
  body: anyValue(member(log, 'body'), count),
  attributes: attributesOf(member(log, 'attributes'), count),
  traceId: idOf(member(log, 'traceId', 'trace_id'), 'traceId'),
  spanId: idOf(member(log, 'spanId', 'span_id'), 'spanId'),
  eventName: textOf(member(log, 'eventName', 'event_name'), 'eventName'),
  size: 0,
});
