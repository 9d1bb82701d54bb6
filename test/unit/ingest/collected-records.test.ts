import { expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { createStoreBody, type StoreBody } from '../../../src/ingest/http/store-body.ts';
import { nothingAccepted } from '../../../src/ingest/ingest-result.ts';
import { createDatadogRoute } from '../../../src/ingest/receivers/datadog/datadog-route.ts';
import { createElasticsearchRoute } from '../../../src/ingest/receivers/elasticsearch/elasticsearch-route.ts';
import { reader as gelfReader } from '../../../src/ingest/receivers/gelf/gelf-protocol.ts';
import { createGelfRoute } from '../../../src/ingest/receivers/gelf/gelf-route.ts';
import { createJournalReader } from '../../../src/ingest/receivers/journald/journal-record.ts';
import { createPushRoute } from '../../../src/ingest/receivers/loki/push-route.ts';
import { createLogsRoute } from '../../../src/ingest/receivers/otlp/export-route.ts';
import { createHecRoute } from '../../../src/ingest/receivers/splunk/hec-route.ts';
import { createSyslogReader } from '../../../src/ingest/receivers/syslog/syslog-reader.ts';
import type { Submission } from '../../../src/ingest/submission.ts';
import type { Ingest } from '../../../src/ingest/write/ingest.ts';
import { arrivalAt, type NewRecord } from '../../../src/log/record.ts';
import { now } from '../../../src/log/time.ts';
import { createClock } from '../../../src/log-file/inner-line.ts';

const ARRIVAL = { maxAgeMs: 40 * 365 * 86_400_000, environment: null, deploymentVersion: null, redactor: null };

type Route = (storeBody: StoreBody) => (request: Request, caller: typeof ANYONE) => Promise<Response>;

/** The records that a route makes of a body. */
async function recordsOf(createRoute: Route, path: string, body: string): Promise<NewRecord[]> {
  const records: NewRecord[] = [];
  const store = async (submission: Submission) => {
    records.push(...submission.records);
    return { ...nothingAccepted(submission.rejected), accepted: submission.records.length };
  };
  const ingest: Ingest = { arrival: () => arrivalAt(now(), ARRIVAL), store, storeNext: store, as: () => ingest };
  const route = createRoute(createStoreBody({ ingest, bodyBytesMax: 1_000_000 }));
  const request = new Request(`http://weir${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await (await route(request, ANYONE)).text();
  return records;
}

/** As Fluent Bit sends the line of a container. */
const OF_KUBERNETES = {
  time: '2026-05-06T07:08:11Z',
  log: '{"level":"warn","msg":"three","k":7}\n',
  stream: 'stdout',
  kubernetes: { container_name: 'pay', pod_name: 'pay-1' },
};
/** As CloudWatch sends the lines of a function. */
const OF_CLOUDWATCH = {
  logGroup: '/aws/lambda/pay',
  logEvents: [
    { id: 'a', timestamp: 1778051289123, message: '{"level":"error","msg":"one"}' },
    { id: 'b', timestamp: 1778051290123, message: 'two' },
  ],
};

const ATTRIBUTE = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const kvlist = (value: unknown): object => {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(kvlist) } };
  if (typeof value === 'number') return { intValue: String(value) };
  if (typeof value === 'string') return { stringValue: value };
  const values = Object.entries(value as object).map(([key, inner]) => ({ key, value: kvlist(inner) }));
  return { kvlistValue: { values } };
};
const otlp = (body: object) =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [ATTRIBUTE('host.name', 'h')] },
        scopeLogs: [{ logRecords: [{ observedTimeUnixNano: '1778051291000000000', body }] }],
      },
    ],
  });
const line = (document: object) => JSON.stringify(document);
const loki = (text: string) =>
  JSON.stringify({ streams: [{ stream: { host: 'h' }, values: [['1778051291000000000', text]] }] });

const RECEIVERS: [string, Route, string, (document: object) => string][] = [
  ['Splunk', createHecRoute, '/services/collector', (event) => line({ host: 'h', event })],
  ['Splunk, as a line,', createHecRoute, '/services/collector/raw?host=h', line],
  ['Datadog', createDatadogRoute, '/api/v2/logs', (message) => line({ hostname: 'h', message })],
  [
    'Datadog, as a line,',
    createDatadogRoute,
    '/api/v2/logs',
    (message) => line({ hostname: 'h', message: line(message) }),
  ],
  ['OTLP', createLogsRoute, '/v1/logs', (body) => otlp(kvlist(body))],
  ['OTLP, as a line,', createLogsRoute, '/v1/logs', (body) => otlp({ stringValue: line(body) })],
  ['GELF', createGelfRoute, '/gelf', (text) => line({ version: '1.1', host: 'h', short_message: line(text) })],
  ['Loki', createPushRoute, '/loki/api/v1/push', (text) => loki(line(text))],
];

test.each(RECEIVERS)('%s: the line that a collector wrapped is read', async (_, route, path, bodyOf) =>
  expect(await recordsOf(route, path, bodyOf(OF_KUBERNETES))).toMatchObject([
    { message: 'three', severityNumber: 13, service: 'pay', host: 'pay-1', attributes: { k: 7 } },
  ]),
);

test.each(RECEIVERS)('%s: of an object that holds many records, none is lost', async (_, route, path, bodyOf) =>
  expect(await recordsOf(route, path, bodyOf(OF_CLOUDWATCH))).toMatchObject([
    { message: 'one', severityNumber: 17, service: 'pay', host: 'h' },
    { message: 'two', service: 'pay', host: 'h' },
  ]),
);

test('Elasticsearch: the line that a collector wrapped is read', async () =>
  expect(await bulk(OF_KUBERNETES)).toMatchObject([
    { message: 'three', severityNumber: 13, service: 'pay', attributes: { k: 7, _index: 'logs' } },
  ]));

test('Elasticsearch: a document that holds many records is one record, which has them all', async () => {
  const [record, ...others] = await bulk(OF_CLOUDWATCH);
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    timestamp: '2026-05-06T07:08:09.123000Z',
    attributes: { ...OF_CLOUDWATCH, _index: 'logs' },
  });
  const [wrapped] = await bulk({ ...OF_KUBERNETES, log: line(OF_CLOUDWATCH) });
  expect(wrapped).toMatchObject({ message: line(OF_CLOUDWATCH), service: 'pay' });
});

const bulk = (document: object) =>
  recordsOf(createElasticsearchRoute as Route, '/_bulk', `{"create":{"_index":"logs"}}\n${line(document)}\n`);

test('syslog: of a message that holds many records, none is lost', () => {
  const read = createSyslogReader('UTC')('2026-11-26T12:00:00.000000Z');
  const bytes = Buffer.from(`<14>1 2026-05-06T07:08:11Z h app - - - ${line(OF_CLOUDWATCH)}`);
  expect(read({ bytes, peer: '10.0.0.1' })).toMatchObject([
    { message: 'one', severityNumber: 17, host: 'h' },
    { message: 'two', host: 'h' },
  ]);
});

test('GELF over TCP and UDP: of a message that holds many records, none is lost', () => {
  const bytes = Buffer.from(line({ version: '1.1', host: 'h', short_message: line(OF_CLOUDWATCH) }));
  expect(Array.from(gelfReader(now())({ bytes, peer: '10.0.0.1' }))).toMatchObject([
    { message: 'one', severityNumber: 17, host: 'h' },
    { message: 'two', host: 'h' },
  ]);
});

test('journald: an entry whose line holds many records is one record, which has them all', () => {
  const clock = createClock({ timeZone: 'UTC', now: now() });
  const entry = { __CURSOR: 'c', __REALTIME_TIMESTAMP: '1778051289123456', MESSAGE: line(OF_CLOUDWATCH) };
  expect(createJournalReader(clock)(entry)).toMatchObject({ draft: { message: line(OF_CLOUDWATCH) } });
});
