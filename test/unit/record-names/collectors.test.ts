import { describe, expect, test } from 'vitest';
import { draftOfJournal } from '../../../src/record-names/shapes/journal.ts';
import { readAllAs, readAs } from './read-as.ts';

const LINE = '{"level":"error","msg":"db down","request_id":"r-9"}';

describe('a line of a program inside the JSON of', () => {
  test.each<[name: string, sent: object, expected: object]>([
    [
      'Docker',
      { log: `${LINE}\n`, stream: 'stderr', time: '2024-05-06T07:08:09.572091825Z' },
      {
        timestamp: '2024-05-06T07:08:09.572091Z',
        level: 'ERROR',
        message: 'db down',
        correlationId: 'r-9',
        attributes: { stream: 'stderr' },
      },
    ],
    [
      'Fluent Bit in Kubernetes',
      {
        log: '2024-05-06 07:08:10,123 ERROR [main] c.e.App - boom\n',
        stream: 'stdout',
        date: 1714979289.1,
        kubernetes: {
          pod_name: 'api-1',
          namespace_name: 'shop',
          container_name: 'main',
          host: 'node-1',
          labels: { app: 'api', 'app.kubernetes.io/version': '1.2' },
        },
      },
      {
        timestamp: '2024-05-06T07:08:10.123000Z',
        level: 'ERROR',
        message: 'boom',
        service: 'api',
        host: 'api-1',
        deploymentVersion: '1.2',
        attributes: {
          kubernetes: { pod_name: 'api-1', namespace_name: 'shop', host: 'node-1', labels: { app: 'api' } },
        },
      },
    ],
    [
      'Fluent Bit with the line merged',
      { log: LINE, level: 'warn', msg: 'merged', kubernetes: { container_name: 'main', pod_name: 'p' } },
      { level: 'WARNING', message: 'merged', service: 'main', component: 'main', host: 'p', attributes: { log: LINE } },
    ],
    [
      "Docker's driver for Fluentd",
      { container_id: 'c1', container_name: '/web_1', source: 'stdout', log: LINE },
      { level: 'ERROR', service: 'web_1', message: 'db down', attributes: { container_id: 'c1' } },
    ],
    [
      'Filebeat',
      {
        '@timestamp': '2024-05-06T07:08:09.123Z',
        message: '10.0.0.1 - - [06/May/2024:07:08:08 +0000] "GET /a HTTP/1.1" 503 12',
        log: { file: { path: '/var/log/nginx/access.log' }, offset: 12 },
        host: { name: 'web1' },
        agent: { type: 'filebeat', version: '8.13.0' },
      },
      {
        timestamp: '2024-05-06T07:08:08.000000Z',
        level: 'ERROR',
        host: 'web1',
        http: { method: 'GET', path: '/a', status: 503, clientIp: '10.0.0.1' },
        attributes: { log: { file: { path: '/var/log/nginx/access.log' } } },
      },
    ],
    [
      'Vector',
      { source_type: 'file', file: '/a.log', host: 'h', message: LINE, timestamp: '2024-05-06T07:08:09Z' },
      { level: 'ERROR', message: 'db down', host: 'h', timestamp: '2024-05-06T07:08:09.000000Z' },
    ],
    [
      'Google Cloud',
      {
        insertId: 'i',
        textPayload: 'ERROR: out of space\n',
        severity: 'DEFAULT',
        timestamp: '2024-05-06T07:08:09.123456789Z',
        trace: 'projects/p/traces/0af7651916cd43dd8448eb211c80319c',
        resource: { type: 'k8s_container', labels: { pod_name: 'api-1', container_name: 'api' } },
      },
      {
        timestamp: '2024-05-06T07:08:09.123456Z',
        message: 'ERROR: out of space',
        service: 'api',
        host: 'api-1',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        attributes: { insertId: 'i', resource: { type: 'k8s_container' } },
      },
    ],
    [
      'a message of CloudWatch Logs',
      { timestamp: 1714979289123, message: `${LINE}\n`, ingestionTime: 1714979290000, logStreamName: 's' },
      { timestamp: '2024-05-06T07:08:09.123000Z', level: 'ERROR', message: 'db down' },
    ],
    [
      'CloudWatch Logs Insights',
      { '@timestamp': '2024-05-06 07:08:09.123', '@message': LINE, '@ptr': 'Cl0' },
      { timestamp: '2024-05-06T07:08:09.123000Z', level: 'ERROR', message: 'db down', attributes: { '@ptr': 'Cl0' } },
    ],
    [
      "GELF, by Docker's driver",
      { version: '1.1', host: 'h', short_message: LINE, timestamp: 1714979289.307, level: 6, _container_name: 'web' },
      { level: 'ERROR', message: 'db down', host: 'h', service: 'web', attributes: { container_name: 'web' } },
    ],
  ])('%s is read', (_, sent, expected) => expect(readAs(sent)).toMatchObject(expected));

  test('`log` beside a level is the message of an application', () =>
    expect(readAs({ log: LINE, level: 'warn' })).toMatchObject({ level: 'WARNING', message: LINE }));
});

describe('the payload of Google Cloud', () => {
  const entry = {
    timestamp: '2024-05-06T07:08:09Z',
    severity: 'WARNING',
    resource: { type: 'cloud_run_revision', labels: { service_name: 'pay' } },
  };

  test('wins where it is JSON', () =>
    expect(readAs({ ...entry, jsonPayload: { level: 'error', msg: 'm', order: 1 } })).toMatchObject({
      level: 'ERROR',
      message: 'm',
      service: 'pay',
      attributes: { order: 1 },
    }));

  test('is an audit log', () =>
    expect(
      readAs({
        ...entry,
        protoPayload: {
          methodName: 'storage.objects.get',
          authenticationInfo: { principalEmail: 'a@b.c' },
          requestMetadata: { callerIp: '10.0.0.1' },
          status: { message: 'denied' },
        },
      }),
    ).toMatchObject({ level: 'WARNING', message: 'denied', action: 'storage.objects.get', userId: 'a@b.c' }));
});

describe('GELF', () => {
  test('has the severity of syslog, and the names of the application without their mark', () =>
    expect(
      readAs({
        version: '1.1',
        host: 'web1',
        short_message: 'db down',
        full_message: 'db down\njava.io.IOException: x\n\tat a.B.c(B.java:1)',
        timestamp: 1714979289.307,
        level: 3,
        facility: 'app',
        _user_id: 42,
        _request_id: 'r1',
        _region: 'eu',
      }),
    ).toMatchObject({
      level: 'ERROR',
      message: 'db down',
      host: 'web1',
      component: 'app',
      userId: '42',
      correlationId: 'r1',
      stackTrace: 'db down\njava.io.IOException: x\n\tat a.B.c(B.java:1)',
      attributes: { version: '1.1', region: 'eu' },
    }));
});

describe('an entry of the journal', () => {
  test('has its time, level, host and program; its other fields are attributes', () =>
    expect(
      readAs({
        __REALTIME_TIMESTAMP: '1714979289123456',
        PRIORITY: '3',
        _HOSTNAME: 'web1',
        SYSLOG_IDENTIFIER: 'sshd',
        _PID: '42',
        _SYSTEMD_UNIT: 'ssh.service',
        MESSAGE: 'error: kex_exchange_identification',
      }),
    ).toMatchObject({
      timestamp: '2024-05-06T07:08:09.123456Z',
      level: 'ERROR',
      message: 'error: kex_exchange_identification',
      host: 'web1',
      component: 'sshd',
      service: 'ssh',
      attributes: { _PID: '42', _SYSTEMD_UNIT: 'ssh.service' },
    }));

  test('may have bytes, several values, or no message', () => {
    const time = { __REALTIME_TIMESTAMP: '1714979290123456' };
    const bytes = [...Buffer.from('Hello \u001b[31mé!\r')];
    expect(readAs({ ...time, MESSAGE: bytes }).message).toBe('Hello é!');
    expect(readAs({ ...time, MESSAGE: null, COREDUMP_UNIT: ['a', 'b'] })).toMatchObject({
      attributes: { COREDUMP_UNIT: ['a', 'b'] },
    });
    expect(draftOfJournal({ ...time, MESSAGE: ['first', 'second'] })).toMatchObject({
      message: 'first',
      attributes: { MESSAGE: ['first', 'second'] },
    });
  });

  test('whose message is JSON is read', () =>
    expect(readAs({ __REALTIME_TIMESTAMP: '1714979290123456', PRIORITY: '6', MESSAGE: LINE })).toMatchObject({
      level: 'ERROR',
      message: 'db down',
    }));
});

describe('several records in one object', () => {
  test('of a subscription of CloudWatch Logs', () =>
    expect(
      readAllAs({
        messageType: 'DATA_MESSAGE',
        owner: '1',
        logGroup: '/aws/lambda/pay',
        logStream: 's',
        logEvents: [
          { id: 'a', timestamp: 1714979289123, message: LINE },
          { id: 'b', timestamp: 1714979290123, message: 'two' },
        ],
      }),
    ).toMatchObject([
      { timestamp: '2024-05-06T07:08:09.123000Z', level: 'ERROR', service: 'pay', attributes: { id: 'a', owner: '1' } },
      { timestamp: '2024-05-06T07:08:10.123000Z', message: 'two', service: 'pay', attributes: { logStream: 's' } },
    ]));

  test('of CloudTrail', () =>
    expect(
      readAllAs({
        Records: [
          {
            eventTime: '2024-05-06T07:08:09Z',
            eventSource: 's3.amazonaws.com',
            eventName: 'GetObject',
            sourceIPAddress: '10.0.0.1',
            userAgent: 'aws-cli',
            requestID: 'r',
            errorCode: 'AccessDenied',
          },
          { eventTime: '2024-05-06T07:08:10Z', eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances' },
        ],
      }),
    ).toMatchObject([
      { action: 'GetObject', component: 's3.amazonaws.com', correlationId: 'r', errorType: 'AccessDenied' },
      { timestamp: '2024-05-06T07:08:10.000000Z', message: 'RunInstances' },
    ]));

  test('of Azure', () =>
    expect(
      readAllAs({
        records: [
          {
            time: '2024-05-06T07:08:09Z',
            resourceId: '/SUBSCRIPTIONS/1/SITES/SHOP',
            category: 'AppServiceHTTPLogs',
            operationName: 'Get',
            level: 'Warning',
            callerIpAddress: '10.0.0.1',
          },
        ],
      }),
    ).toMatchObject([{ level: 'WARNING', component: 'AppServiceHTTPLogs', action: 'Get', service: 'SHOP' }]));

  test('a list of other things stays in attributes', () =>
    expect(readAllAs({ msg: 'm', events: [{ a: 1 }], records: [1] })).toMatchObject([
      { message: 'm', attributes: { events: [{ a: 1 }], records: [1] } },
    ]));
});
