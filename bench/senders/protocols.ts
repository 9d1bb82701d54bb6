import { compressSync } from 'snappy';
import { attribute, fixed64, message } from '../../test/support/otlp-bytes.ts';

/** Of one run. */
export const BODIES = 40;
/** Of a body. */
export const RECORDS = 2500;

/** A record, as `makeLines` makes it. */
interface Sent {
  timestamp: string;
  level: string;
  message: string;
  service: string;
  [name: string]: string | number;
}

/** How a protocol over HTTP sends records. */
export interface HttpProtocol {
  path: string;
  headers: Record<string, string>;
  body(records: readonly Sent[]): Buffer;
}

/** How a protocol sends records over a TCP connection. */
export interface SocketProtocol {
  /** The setting of its port, and the label of its records in the metrics. */
  setting: string;
  label: string;
  body(records: readonly Sent[]): Buffer;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

const SEVERITY: Readonly<Record<string, number>> = { debug: 5, info: 9, warn: 13, error: 17 };
const SYSLOG: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
const nanos = (timestamp: string): bigint => BigInt(Date.parse(timestamp)) * 1_000_000n;
const seconds = (timestamp: string): number => Date.parse(timestamp) / 1000;
const lines = (values: readonly unknown[]): Buffer =>
  Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));

function byService(records: readonly Sent[]): Map<string, Sent[]> {
  return Map.groupBy(records, ({ service }) => service);
}

const otherFields = ({ timestamp, level, message, service, ...others }: Sent): Record<string, string | number> =>
  others;

const otlpValue = (value: string | number): object =>
  typeof value === 'string'
    ? { stringValue: value }
    : Number.isInteger(value)
      ? { intValue: String(value) }
      : { doubleValue: value };

export const HTTP_PROTOCOLS: Readonly<Record<string, HttpProtocol>> = {
  '/ingest, NDJSON': { path: '/ingest', headers: NDJSON, body: lines },
  'OTLP/HTTP, protobuf': {
    path: '/v1/logs',
    headers: PROTOBUF,
    body: (records) =>
      message(
        ...Array.from(byService(records), ([service, group]): [number, Buffer] => [
          1,
          message(
            [1, message([1, attribute('service.name', service)])],
            [
              2,
              message(
                [1, message([1, 'lib'])],
                ...group.map((record): [number, Buffer] => [
                  2,
                  Buffer.concat([
                    fixed64(1, nanos(record.timestamp)),
                    message([2, SEVERITY[record.level]!], [3, record.level], [5, message([1, record.message])]),
                    ...Object.entries(otherFields(record)).map(([key, value]) => message([6, attributeOf(key, value)])),
                  ]),
                ]),
              ),
            ],
          ),
        ]),
      ),
  },
  'OTLP/HTTP, JSON': {
    path: '/v1/logs',
    headers: JSON_TYPE,
    body: (records) =>
      Buffer.from(
        JSON.stringify({
          resourceLogs: Array.from(byService(records), ([service, group]) => ({
            resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
            scopeLogs: [
              {
                scope: { name: 'lib' },
                logRecords: group.map((record) => ({
                  timeUnixNano: String(nanos(record.timestamp)),
                  severityNumber: SEVERITY[record.level],
                  severityText: record.level,
                  body: { stringValue: record.message },
                  attributes: Object.entries(otherFields(record)).map(([key, value]) => ({
                    key,
                    value: otlpValue(value),
                  })),
                })),
              },
            ],
          })),
        }),
      ),
  },
  'Loki push, protobuf': {
    path: '/loki/api/v1/push',
    headers: PROTOBUF,
    body: (records) =>
      compressSync(
        message(
          ...Array.from(byService(records), ([service, group]): [number, Buffer] => [
            1,
            message(
              [1, `{service_name="${service}"}`],
              ...group.map((record): [number, Buffer] => [2, lokiEntry(record)]),
            ),
          ]),
        ),
      ),
  },
  'Loki push, JSON': {
    path: '/loki/api/v1/push',
    headers: JSON_TYPE,
    body: (records) =>
      Buffer.from(
        JSON.stringify({
          streams: Array.from(byService(records), ([service, group]) => ({
            stream: { service_name: service },
            values: group.map((record) => [String(nanos(record.timestamp)), lokiLine(record)]),
          })),
        }),
      ),
  },
  'Elasticsearch bulk': {
    path: '/elastic/_bulk',
    headers: NDJSON,
    body: (records) =>
      lines(
        records.flatMap(({ timestamp, ...record }) => [
          { create: { _index: 'logs' } },
          { '@timestamp': timestamp, ...record },
        ]),
      ),
  },
  'Splunk HEC': {
    path: '/services/collector/event',
    headers: JSON_TYPE,
    body: (records) => lines(records.map(({ timestamp, ...event }) => ({ time: seconds(timestamp), event }))),
  },
  Datadog: { path: '/api/v2/logs', headers: JSON_TYPE, body: (records) => Buffer.from(JSON.stringify(records)) },
};

export const SOCKET_PROTOCOLS: Readonly<Record<string, SocketProtocol>> = {
  'syslog, TCP': {
    setting: 'SYSLOG_PORT',
    label: 'syslog',
    body: (records) =>
      Buffer.from(
        records
          .map((record) => {
            const { timestamp, level, message, service, host, ...others } = record;
            const data = Object.entries(others).map(([name, value]) => ` ${name}="${value}"`);
            return `<${8 + SYSLOG[level]!}>1 ${timestamp} ${host} ${service} - - [record${data.join('')}] ${message}\n`;
          })
          .join(''),
      ),
  },
  'GELF, TCP': {
    setting: 'GELF_PORT',
    label: 'gelf',
    body: (records) =>
      Buffer.from(
        records
          .map(({ timestamp, level, message, host, ...others }) => {
            const fields = Object.entries(others).map(([name, value]) => [`_${name}`, value]);
            const gelf = {
              version: '1.1',
              host,
              short_message: message,
              timestamp: seconds(timestamp),
              level: SYSLOG[level],
            };
            return `${JSON.stringify({ ...gelf, ...Object.fromEntries(fields) })}\0`;
          })
          .join(''),
      ),
  },
};

const attributeOf = (key: string, value: string | number): Buffer =>
  Number.isInteger(value) || typeof value === 'string'
    ? attribute(key, value)
    : message([1, key], [2, doubleValue(value)]);

function doubleValue(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 4 * 8 + 1;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

const lokiLine = ({ timestamp, service, ...record }: Sent): string => JSON.stringify(record);

function lokiEntry(record: Sent): Buffer {
  const at = Date.parse(record.timestamp);
  return message([1, message([1, Math.floor(at / 1000)], [2, (at % 1000) * 1_000_000])], [2, lokiLine(record)]);
}
