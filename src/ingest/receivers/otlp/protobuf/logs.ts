import { ITEM_BYTES_MAX, TOO_LARGE, type TooLarge } from '../../../../otlp/telemetry/limits.ts';
import { blankLog, type From, type OtlpLog, PAUSE, type Pause } from '../../../../otlp/telemetry/telemetry.ts';
import { createValueCount, TooManyValues, type ValueCount } from '../../../../otlp/telemetry/value-count.ts';
import { Fields, type Slice } from '../../protobuf/wire.ts';
import { addAttribute, anyValue } from './attributes.ts';
import { protobufItems } from './items.ts';

/**
 * The log records of an `ExportLogsServiceRequest`. Field numbers: opentelemetry-proto, `logs/v1/logs.proto`.
 * @throws BodyRejected the bytes are no such message, or it is too large
 */
export function* protobufLogs(body: Buffer): Generator<From<OtlpLog | TooLarge> | Pause> {
  for (const found of protobufItems(body)) {
    yield found === PAUSE ? PAUSE : { item: logOf(body, found.item), resource: found.resource, scope: found.scope };
  }
}

function logOf(body: Buffer, { from, end }: Slice): OtlpLog | TooLarge {
  if (end - from > ITEM_BYTES_MAX) return TOO_LARGE;
  try {
    const count = createValueCount();
    const log = decodedLog(new Fields(body, from, end), count);
    log.size = count.sizeOf(end - from);
    return log;
  } catch (error) {
    if (error instanceof TooManyValues) return TOO_LARGE;
    throw error;
  }
}

function decodedLog(fields: Fields, count: ValueCount): OtlpLog {
  const log = blankLog();
  while (fields.next()) {
    if (fields.number === 1) log.time = fields.fixed64();
    else if (fields.number === 2) log.severityNumber = fields.int32();
    else if (fields.number === 3) log.severityText = fields.text();
    else if (fields.number === 5) log.body = anyValue(fields.fields(), count);
    else if (fields.number === 6) addAttribute(log.attributes, fields, count);
    else if (fields.number === 9) log.traceId = fields.bytes('hex');
    else if (fields.number === 10) log.spanId = fields.bytes('hex');
    else if (fields.number === 11) log.observedTime = fields.fixed64();
    else if (fields.number === 12) log.eventName = fields.text();
  }
  return log;
}
