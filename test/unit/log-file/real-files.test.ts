import { describe, expect, test } from 'vitest';
import { importedOf, type Shown } from '../../support/cases.ts';

/** What `weir import` stores of these lines. */
const imported = (...lines: string[]): Promise<Shown[]> => importedOf(Buffer.from(`${lines.join('\n')}\n`));

describe('java.util.logging and Tomcat', () => {
  test('a date that is not the JDK’s own, in English and in German', async () => {
    expect(
      await imported(
        '2024-05-06 07:08:09 org.apache.coyote.AbstractProtocol start',
        'INFO: Starting ProtocolHandler ["http-nio-8080"]',
        '06.05.2024 07:08:10 org.apache.catalina.core.StandardWrapperValve invoke',
        'SCHWERWIEGEND: Servlet.service() for servlet [jsp] threw exception',
        'java.lang.NullPointerException: x',
        '\tat A.b(A.java:1)',
      ),
    ).toMatchObject([
      {
        timestamp: '2024-05-06T07:08:09.000000Z',
        level: 'INFO',
        message: 'Starting ProtocolHandler ["http-nio-8080"]',
        component: 'org.apache.coyote.AbstractProtocol',
      },
      {
        timestamp: '2024-05-06T07:08:10.000000Z',
        level: 'ERROR',
        message: 'Servlet.service() for servlet [jsp] threw exception',
        errorType: 'java.lang.NullPointerException',
      },
    ]);
  });

  test('Tomcat indents the whole trace', async () => {
    expect(
      await imported(
        '06-May-2024 07:08:09.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [3214] milliseconds',
        '06-May-2024 07:08:10.123 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke failed',
        '\tjava.lang.NullPointerException',
        '\t\tat a.b(C.java:3)',
      ),
    ).toMatchObject([
      { level: 'INFO' },
      {
        message: 'failed',
        errorType: 'java.lang.NullPointerException',
        stackTrace: '\tjava.lang.NullPointerException\n\t\tat a.b(C.java:3)',
      },
    ]);
  });
});

describe('times in JSON', () => {
  test.each([
    ['20240506070809', '2024-05-06T07:08:09.000000Z'],
    [20240506070809, '2024-05-06T07:08:09.000000Z'],
    ['06.05.2024 07:08:09,123', '2024-05-06T07:08:09.123000Z'],
    [{ value: '/Date(1714979289123)/', DateTime: 'Monday, May 6, 2024 7:08:09 AM' }, '2024-05-06T07:08:09.123000Z'],
    ['May 6, 2024 @ 07:08:09.123', '2024-05-06T07:08:09.123000Z'],
  ])('%j', async (time, timestamp) => {
    expect(await imported(JSON.stringify({ msg: 'x', time }))).toMatchObject([{ timestamp, message: 'x' }]);
  });

  test.each([
    ['TimeStamp', '2024-05-06T07:08:09Z'],
    ['utcTime', '2024-05-06T07:08:09Z'],
    ['written_at', '2024-05-06T07:08:09Z'],
    ['logged_at', '2024-05-06T07:08:09Z'],
    ['epochMillis', 1714979289000],
    ['epoch', 1714979289],
    ['unix_time', 1714979289],
  ])('under the name %s, where no other time is', async (name, time) => {
    const own = { msg: 'a', [name]: time };
    const second = { msg: 'b', time: '2024-05-06T10:00:00Z', [name]: time };
    expect(await imported(JSON.stringify(own), JSON.stringify(second))).toMatchObject([
      { timestamp: '2024-05-06T07:08:09.000000Z' },
      { timestamp: '2024-05-06T10:00:00.000000Z', attributes: { [name]: time } },
    ]);
  });
});

describe('PHP', () => {
  test('Monolog: the exception of a context names the error, and an empty message is none', async () => {
    expect(
      await imported(
        '[2024-05-06T07:08:09.123456+02:00] app.ERROR: Uncaught {"exception":"[object] (App\\\\Gone(code: 0): boom at /a.php:1)"} []',
        '[2024-05-06T07:08:10.123456+02:00] app.INFO:  [] []',
      ),
    ).toMatchObject([
      { level: 'ERROR', message: 'Uncaught', errorType: 'App\\Gone' },
      { level: 'INFO', message: '', component: 'app' },
    ]);
  });

  test('an exception that follows another one is of its record', async () => {
    expect(
      await imported(
        '[06-May-2024 07:08:09 UTC] PHP Fatal error:  Uncaught PDOException: gone in /a.php:3',
        'Stack trace:',
        '#0 /b.php(3): foo()',
        '#1 {main}',
        '',
        'Next RuntimeException: no database in /c.php:4',
        'Stack trace:',
        '#0 {main}',
        '  thrown in /c.php on line 4',
      ),
    ).toMatchObject([
      { errorType: 'PDOException', stackTrace: expect.stringContaining('Next RuntimeException: no database') },
    ]);
  });
});

describe('Rails', () => {
  const id = '6f1d2c3e-0000-4000-8000-000000000001';

  test('each line of a record has the id of the request before it', async () => {
    expect(
      await imported(
        `I, [2024-05-06T07:08:09.123456 #42]  INFO -- : [${id}] Started GET "/users/3" for 127.0.0.1 at 2024-05-06 07:08:09 +0000`,
        `F, [2024-05-06T07:08:11.123456 #42] FATAL -- : [${id}]   `,
        `[${id}] ActiveRecord::RecordNotFound (Couldn't find User with 'id'=3):`,
        `[${id}]   `,
        `[${id}] app/controllers/users_controller.rb:3:in \`show'`,
        'A, [2024-05-06T07:08:12.123456 #42]   ANY -- : done',
      ),
    ).toMatchObject([
      { level: 'INFO', correlationId: id, httpPath: '/users/3' },
      {
        level: 'CRITICAL',
        correlationId: id,
        message: "ActiveRecord::RecordNotFound (Couldn't find User with 'id'=3):",
        errorType: 'ActiveRecord::RecordNotFound',
        stackTrace: "app/controllers/users_controller.rb:3:in `show'",
      },
      { level: 'INFO', message: 'done' },
    ]);
  });

  test('lograge quotes errors once', async () => {
    expect(
      await imported(
        'method=GET path=/ format=html controller=UsersController action=index status=200 duration=12.34 view=5.1 db=0.3',
        "method=GET path=/boom format=html controller=UsersController action=boom status=500 error='RuntimeError: no luck' duration=1.5",
      ),
    ).toMatchObject([
      { level: 'INFO', httpStatus: 200 },
      { level: 'ERROR', httpStatus: 500, attributes: { error: 'RuntimeError: no luck' } },
    ]);
  });
});

describe('Rust and Go', () => {
  test('tracing, pretty', async () => {
    expect(
      await imported(
        '  2024-05-06T07:08:09.123456Z  INFO my_crate: starting, port: 8080',
        '    at src/main.rs:12',
        '',
        '  2024-05-06T07:08:10.123456Z ERROR my_crate::db: lost',
        '    at src/db.rs:3',
        '    in my_crate::shave with yaks: 3',
        '',
      ),
    ).toMatchObject([
      { level: 'INFO', component: 'my_crate', message: 'starting, port: 8080', stackTrace: null },
      {
        timestamp: '2024-05-06T07:08:10.123456Z',
        level: 'ERROR',
        component: 'my_crate::db',
        attributes: { location: 'src/db.rs:3', spans: 'my_crate::shave with yaks: 3' },
      },
    ]);
  });

  test('logrus with times, and its words of four letters', async () => {
    expect(
      await imported(
        'INFO[2024-05-06T07:08:09.123Z] loading plugin  type=io.containerd',
        'ERRO[2024-05-06T07:08:10Z] failed  error=eof',
        'DEBU[2024-05-06T07:08:11+02:00] x',
      ),
    ).toMatchObject([
      { timestamp: '2024-05-06T07:08:09.123000Z', level: 'INFO' },
      { timestamp: '2024-05-06T07:08:10.000000Z', level: 'ERROR', message: 'failed  error=eof' },
      { timestamp: '2024-05-06T05:08:11.000000Z', level: 'DEBUG' },
    ]);
  });
});

test('zap’s console encoder, with its times as numbers', async () => {
  expect(
    await imported('1.714979289123e+09\tINFO\tsetup\tstarting manager', '1.7149792901e+09\tERROR\tsetup\tproblem'),
  ).toMatchObject([
    { timestamp: '2024-05-06T07:08:09.123000Z', level: 'INFO', component: 'setup', message: 'starting manager' },
    { timestamp: '2024-05-06T07:08:10.100000Z', level: 'ERROR', message: 'problem' },
  ]);
});

describe('VMware', () => {
  test.each([
    [
      '2024-05-06T07:08:09.193+02:00 warning vpxd[06388] [VpxLRO] -- BEGIN task-37017',
      { level: 'WARNING', component: 'vpxd', message: '[VpxLRO] -- BEGIN task-37017' },
    ],
    [
      '2024-05-06T05:08:09.193Z Wa(164) Hostd[169830]: [Originator@6876 sub=Vimsvc(00a)] Unable to locate',
      { level: 'WARNING', component: 'Hostd', message: 'Unable to locate', attributes: { sub: 'Vimsvc(00a)' } },
    ],
    [
      '2024-05-06T05:08:09.193Z In(182) vmkernel: cpu3:2097566)ScsiDeviceIO: failed',
      { level: 'INFO', component: 'vmkernel', message: 'cpu3:2097566)ScsiDeviceIO: failed' },
    ],
    [
      "[2024-05-06 05:08:09.193 02584 info 'App'] [VpxLRO] -- BEGIN task",
      { level: 'INFO', message: '[VpxLRO] -- BEGIN task', attributes: { sub: 'App' } },
    ],
    [
      "2024-05-06T05:08:09.193Z [7F5A4B70 error 'Default' opID=x] lost",
      { level: 'ERROR', message: 'lost', attributes: { sub: 'Default', opID: 'x' } },
    ],
  ])('%s', async (line, expected) => {
    expect(await imported(line, line)).toMatchObject([
      { timestamp: '2024-05-06T05:08:09.193000Z', host: null, ...expected },
      expected,
    ]);
  });
});

describe('databases', () => {
  test('what Redis writes in a signal handler', async () => {
    expect(
      await imported(
        '7:M 06 May 2024 07:08:09.123 * Ready to accept connections',
        '7:signal-handler (1714979290) Received SIGTERM scheduling shutdown...',
      ),
    ).toMatchObject([
      { level: 'INFO' },
      {
        timestamp: '2024-05-06T07:08:10.000000Z',
        level: 'WARNING',
        message: 'Received SIGTERM scheduling shutdown...',
      },
    ]);
  });

  test('mysqld_safe in the error log of MariaDB', async () => {
    expect(
      await imported(
        '2024-05-06  7:08:08 12 [Warning] Aborted connection 12',
        '240506 07:08:09 mysqld_safe Starting mariadbd daemon',
      ),
    ).toMatchObject([
      { level: 'WARNING' },
      {
        timestamp: '2024-05-06T07:08:09.000000Z',
        component: 'mysqld_safe',
        message: 'Starting mariadbd daemon',
      },
    ]);
  });
});

test('an event of Windows, from XML', async () => {
  const System = {
    Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
    EventID: 1,
    Level: 2,
    TimeCreated: { '#attributes': { SystemTime: '2024-05-06T07:08:09.123456Z' } },
    Computer: 'PC1',
  };
  expect(await imported(JSON.stringify({ Event: { System, EventData: { Image: 'x.exe' } } }))).toMatchObject([
    {
      timestamp: '2024-05-06T07:08:09.123456Z',
      level: 'ERROR',
      host: 'PC1',
      component: 'Microsoft-Windows-Sysmon',
      attributes: { Event: { EventData: { Image: 'x.exe' } } },
    },
  ]);
});

test('an error that a function of AWS Lambda throws, in its log in JSON', async () => {
  expect(
    await imported(
      JSON.stringify({
        timestamp: '2024-05-06T07:08:09.123Z',
        level: 'ERROR',
        message: {
          errorType: 'TypeError',
          errorMessage: 'x is null',
          stackTrace: ['TypeError: x is null', '    at a.js:1'],
        },
        requestId: '8286a188-ba32-4475-8077-530cd35c09a9',
      }),
    ),
  ).toMatchObject([
    {
      level: 'ERROR',
      message: 'x is null',
      errorType: 'TypeError',
      stackTrace: 'TypeError: x is null\n    at a.js:1',
      correlationId: '8286a188-ba32-4475-8077-530cd35c09a9',
    },
  ]);
});

test('a time without a year inside an envelope has the year of the envelope', async () => {
  expect(
    await imported(
      '2019-12-31T23:59:59.500Z stdout F I1231 23:59:59.123456    1234 server.go:7] before midnight',
      '2020-01-01T00:00:01.500Z stdout F I1231 23:59:59.999999    1234 server.go:7] told late',
    ),
  ).toMatchObject([
    { timestamp: '2019-12-31T23:59:59.123456Z', message: 'before midnight' },
    { timestamp: '2019-12-31T23:59:59.999999Z', message: 'told late' },
  ]);
});

test("zap's console has its fields as JSON after the message", async () => {
  expect(
    await imported(
      '2024-05-06T07:08:09.123Z\tINFO\tcontroller-runtime.metrics\tMetrics server is starting\t{"addr": ":8080", "trace_id": "0af7651916cd43dd8448eb211c80319c"}',
      '2024-05-06T07:08:10.123Z\tERROR\tsetup\tunable to start {x}\t{"error": "dial tcp: refused", "message": "own"}',
    ),
  ).toMatchObject([
    {
      level: 'INFO',
      component: 'controller-runtime.metrics',
      message: 'Metrics server is starting',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      attributes: { addr: ':8080' },
    },
    {
      level: 'ERROR',
      message: 'unable to start {x}',
      attributes: { error: 'dial tcp: refused', message: 'own' },
    },
  ]);
});
