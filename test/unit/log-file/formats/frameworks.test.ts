import { describe, expect, test } from 'vitest';
import { readLog, readOne } from '../../../support/log-lines.ts';

const AT = '2024-05-06T07:08:09';
const MS = `${AT}.123000Z`;
const US = `${AT}.123456Z`;
const S = `${AT}.000000Z`;
const TODAY = '2026-11-21T10:00:00';

describe('Go', () => {
  test("the standard library's log", () => {
    expect(readOne('go', '2024/05/06 07:08:09.123456 main.go:12: listening on :80')).toEqual({
      timestamp: US,
      message: 'listening on :80',
      attributes: { location: 'main.go:12' },
    });
    expect(readOne('go', '2024/05/06 07:08:09 /go/src/app/db.go:7: ERROR: lost')).toMatchObject({
      severityNumber: 17,
      message: 'lost',
    });
    expect(readOne('dated', '2024/05/06 07:08:09 http: Server closed')).toMatchObject({
      message: 'http: Server closed',
    });
  });

  test('a prefix before the time', () => {
    expect(readOne('go-prefix', 'shop: 2024/05/06 07:08:09 main.go:12: up')).toMatchObject({
      timestamp: S,
      component: 'shop',
      message: 'up',
    });
    expect(readOne('go-prefix', '[shop] 2024/05/06 07:08:09 WARN: slow')).toMatchObject({
      severityNumber: 13,
      component: 'shop',
      message: 'slow',
    });
  });

  test('zap in a console', () => {
    const line = `2024-05-06T07:08:09.123Z\twarn\tshop.cart\tcart/cart.go:34\tslow\t{"ms": 5}`;
    expect(readOne('zap', line)).toEqual({
      timestamp: MS,
      severityNumber: 13,
      component: 'shop.cart',
      message: 'slow',
      attributes: { location: 'cart/cart.go:34', ms: 5 },
    });
    expect(readOne('zap', `2024-05-06T07:08:09.123+0200\tINFO\tup`)).toMatchObject({
      message: 'up',
      severityNumber: 9,
    });
  });

  test('zerolog in a console', () => {
    expect(readOne('zerolog', '10:00AM WRN main.go:12 > slow ms=5')).toEqual({
      timestamp: `${TODAY}.000000Z`,
      severityNumber: 13,
      message: 'slow ms=5',
      attributes: { location: 'main.go:12' },
    });
    expect(readOne('dated', '2024-05-06T07:08:09Z ERR failed error="x"')).toMatchObject({
      severityNumber: 17,
      message: 'failed error="x"',
    });
  });

  test('logrus in a terminal', () => {
    expect(readOne('logrus', 'ERRO[0012] failed                     error="x"')).toMatchObject({ severityNumber: 17 });
    expect(readOne('logrus', 'WARN[0000] slow')).toMatchObject({ severityNumber: 13, message: 'slow' });
  });

  test('requests of Gin and of chi', () => {
    const gin = '[GIN] 2024/05/06 - 07:08:09 | 500 |    1.234567ms |       127.0.0.1 | GET      "/ping?a=1"';
    expect(readOne('gin', gin)).toEqual({
      timestamp: S,
      severityNumber: 17,
      message: 'GET /ping?a=1 500',
      httpMethod: 'GET',
      httpPath: '/ping?a=1',
      action: 'GET /ping',
      httpStatus: 500,
      httpClientIp: '127.0.0.1',
      durationMs: 1.234567,
      attributes: {},
    });
    const chi = '2024/05/06 07:08:09 "GET http://localhost:80/x HTTP/1.1" from 127.0.0.1:5000 - 404 19B in 64.2µs';
    expect(readOne('go', chi)).toMatchObject({
      severityNumber: 13,
      httpStatus: 404,
      httpClientIp: '127.0.0.1',
      durationMs: 0.0642,
      action: 'GET /x',
    });
  });
});

describe('Rust', () => {
  test('tracing, with spans and with a place in the source', () => {
    expect(readOne('rust-tracing', '2024-05-06T07:08:09.123456Z  WARN hyper::proto::h1: slow ms=5')).toEqual({
      timestamp: US,
      severityNumber: 13,
      component: 'hyper::proto::h1',
      message: 'slow ms=5',
      attributes: {},
    });
    expect(
      readOne(
        'rust-tracing',
        '2024-05-06T07:08:09.123456Z ERROR request{method=GET path="/"}:load{id=7}: shop::db: lost',
      ),
    ).toMatchObject({
      component: 'shop::db',
      message: 'lost',
      attributes: { spans: 'request{method=GET path="/"}:load{id=7}:' },
    });
    expect(
      readOne('rust-tracing', '2024-05-06T07:08:09.123456Z  INFO ThreadId(01) shop: src/main.rs:12: up'),
    ).toMatchObject({
      component: 'shop',
      message: 'up',
      attributes: { thread: 'ThreadId(01)', location: 'src/main.rs:12' },
    });
  });

  test('env_logger', () => {
    expect(readOne('env-logger', '[2024-05-06T07:08:09Z WARN  shop::cart] slow')).toMatchObject({
      timestamp: S,
      severityNumber: 13,
      component: 'shop::cart',
      message: 'slow',
    });
  });

  test('log4rs', () => {
    expect(readOne('hadoop', '2024-05-06T07:08:09.123456789+00:00 WARN shop::cart - slow')).toMatchObject({
      timestamp: US,
      component: 'shop::cart',
    });
  });
});

describe('.NET', () => {
  test('Serilog in a console and in files', () => {
    expect(readOne('serilog', '[10:00:00 WRN] slow')).toMatchObject({
      timestamp: `${TODAY}.000000Z`,
      severityNumber: 13,
      message: 'slow',
    });
    expect(readOne('serilog', '[10:00:00 ERR] <Shop.Orders> failed')).toMatchObject({ component: 'Shop.Orders' });
    expect(readOne('dated', '2024-05-06 07:08:09.123 +02:00 [ERR] failed')).toMatchObject({
      timestamp: '2024-05-06T05:08:09.123000Z',
      severityNumber: 17,
      message: 'failed',
    });
  });

  test('NLog and log4net', () => {
    expect(readOne('dated', '2024-05-06 07:08:09.1234|WARN|Shop.Orders|slow')).toMatchObject({
      timestamp: `${AT}.123400Z`,
      severityNumber: 13,
      component: 'Shop.Orders',
      message: 'slow',
    });
    expect(readOne('logback', '2024-05-06 07:08:09,123 [12] WARN  Shop.Orders [(null)] - slow')).toMatchObject({
      severityNumber: 13,
      component: 'Shop.Orders',
      message: 'slow',
      attributes: { thread: '12' },
    });
  });

  test('the console: a head, and the lines of its message', () => {
    const { format, entries } = readLog([
      'info: Microsoft.Hosting.Lifetime[14]',
      '      Now listening on: http://localhost:5000',
      'fail: Shop.Orders[0]',
      '      Cannot save',
      '      order 7',
      '      System.InvalidOperationException: no stock',
      '         at Shop.Orders.Save() in /src/Orders.cs:line 12',
      'warn: Shop.Orders[3] on one line',
    ]);
    expect(format).toBe('dotnet-console');
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      {
        severityNumber: 9,
        component: 'Microsoft.Hosting.Lifetime',
        message: 'Now listening on: http://localhost:5000',
        attributes: { eventId: 14 },
      },
      {
        severityNumber: 17,
        message: 'Cannot save\norder 7',
        errorType: 'System.InvalidOperationException',
        stackTrace: 'System.InvalidOperationException: no stock\n   at Shop.Orders.Save() in /src/Orders.cs:line 12',
      },
      { severityNumber: 13, message: 'on one line' },
    ]);
  });

  test('the console with a time', () => {
    expect(readOne('dotnet-console', '2024-05-06 07:08:09 warn: Shop.Orders[0]', '      slow')).toMatchObject({
      timestamp: S,
      severityNumber: 13,
      component: 'Shop.Orders',
      message: 'slow',
    });
  });
});

describe('Ruby', () => {
  test('Logger', () => {
    expect(readOne('ruby', 'W, [2024-05-06T07:08:09.123456 #42]  WARN -- MyApp: slow')).toEqual({
      timestamp: US,
      severityNumber: 13,
      component: 'MyApp',
      message: 'slow',
      attributes: { pid: 42 },
    });
  });

  test('the requests of Rails', () => {
    const id = '0b5a1c2e-1111-4222-8333-444455556666';
    expect(
      readOne(
        'ruby',
        `I, [2024-05-06T07:08:09.123456 #42]  INFO -- : [${id}] Completed 500 Internal Server Error in 12ms (Views: 3ms)`,
      ),
    ).toMatchObject({ severityNumber: 9, correlationId: id, httpStatus: 500, durationMs: 12 });
    const { format, entries } = readLog([
      `[${id}] Started GET "/jobs?a=1" for 192.0.2.1 at 2024-05-06 07:08:09 +0000`,
      `[${id}] Processing by JobsController#index as HTML`,
      `[${id}] Completed 404 Not Found in 7ms`,
    ]);
    expect(format).toBe('rails');
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      { timestamp: S, correlationId: id, httpMethod: 'GET', httpPath: '/jobs?a=1', httpClientIp: '192.0.2.1' },
      { correlationId: id, message: 'Processing by JobsController#index as HTML' },
      { correlationId: id, severityNumber: 13, httpStatus: 404, durationMs: 7 },
    ]);
  });

  test('Sidekiq', () => {
    expect(readOne('sidekiq', '2024-05-06T07:08:09.123Z pid=7 tid=abc class=HardJob jid=xyz WARN: slow')).toEqual({
      timestamp: MS,
      severityNumber: 13,
      component: 'HardJob',
      message: 'slow',
      attributes: { pid: 7, tid: 'abc', jid: 'xyz' },
    });
  });
});

describe('PHP', () => {
  test('the error log', () => {
    expect(
      readOne('php', '[06-May-2024 07:08:09 UTC] PHP Warning:  Undefined variable $x in /srv/a.php on line 3'),
    ).toEqual({
      timestamp: S,
      severityNumber: 13,
      message: 'Undefined variable $x in /srv/a.php on line 3',
      attributes: { file: '/srv/a.php', line: 3 },
    });
    expect(
      readOne('php', '[06-May-2024 09:08:09 Europe/Berlin] PHP Fatal error:  Uncaught App\\Gone: x in /srv/a.php:12'),
    ).toMatchObject({ timestamp: S, severityNumber: 21, errorType: 'App\\Gone' });
    expect(readOne('php', 'PHP Notice:  Undefined index: a in C:\\www\\a.php on line 3')).toMatchObject({
      severityNumber: 10,
      attributes: { file: 'C:\\www\\a.php', line: 3 },
    });
  });

  test('Monolog and Symfony: the context and the extra are attributes', () => {
    expect(
      readOne(
        'monolog',
        '[2024-05-06T07:08:09.123456+00:00] request.WARNING: Matched "a {b}". {"route":"home","n":{"a": 1}} {"uid":"x"}',
      ),
    ).toEqual({
      timestamp: US,
      severityNumber: 13,
      component: 'request',
      message: 'Matched "a {b}".',
      attributes: { route: 'home', n: { a: 1 }, uid: 'x' },
    });
    expect(readOne('monolog', '[2024-05-06 07:08:09] app.INFO: up [] []')).toMatchObject({
      message: 'up',
      attributes: {},
    });
  });

  test('Laravel: the environment, and an exception with its trace', () => {
    expect(readOne('monolog', '[2024-05-06 07:08:09] local.INFO: up {"a":1} ')).toMatchObject({
      environment: 'local',
      message: 'up',
      attributes: { a: 1 },
    });
    expect(
      readOne(
        'monolog',
        '[2024-05-06 07:08:09] production.ERROR: No class. {"userId":7,"exception":"[object] (Foo\\\\Bar(code: 0): x at /a.php:1)',
        '[stacktrace]',
        "#0 /a.php(795): Foo->build('x')",
        '#1 {main}',
        '"} ',
      ),
    ).toMatchObject({
      severityNumber: 17,
      message: 'No class.',
      attributes: { userId: 7 },
      errorType: 'Foo\\Bar',
      stackTrace: "#0 /a.php(795): Foo->build('x')\n#1 {main}",
    });
  });

  test('Yii and CodeIgniter', () => {
    expect(readOne('yii', '2024-05-06 07:08:09 [192.0.2.1][7][-][error][yii\\db\\Exception] gone')).toMatchObject({
      severityNumber: 17,
      userId: '7',
      httpClientIp: '192.0.2.1',
      component: 'yii\\db\\Exception',
      message: 'gone',
    });
    expect(readOne('level-first', 'ERROR - 2024-05-06 07:08:09 --> Severity: Notice')).toMatchObject({
      timestamp: S,
      severityNumber: 17,
      message: 'Severity: Notice',
    });
  });
});

describe('Java', () => {
  test('Tomcat', () => {
    expect(
      readOne(
        'tomcat',
        '06-May-2024 07:08:09.123 WARNING [main] org.apache.catalina.startup.HostConfig.deployWAR Deploying it',
      ),
    ).toEqual({
      timestamp: MS,
      severityNumber: 13,
      component: 'org.apache.catalina.startup.HostConfig',
      message: 'Deploying it',
      attributes: { thread: 'main', method: 'deployWAR' },
    });
  });

  test('java.util.logging: two lines', () => {
    const { format, entries } = readLog([
      'May 06, 2024 7:08:09 AM com.acme.Foo bar',
      'WARNING: slow',
      'and more',
      'May 06, 2024 7:08:10 PM com.acme.Foo <init>',
      'FINE: ok',
    ]);
    expect(format).toBe('jul');
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      {
        timestamp: S,
        severityNumber: 13,
        component: 'com.acme.Foo',
        message: 'slow\nand more',
        attributes: { method: 'bar' },
      },
      { timestamp: '2024-05-06T19:08:10.000000Z', severityNumber: 5, message: 'ok' },
    ]);
  });

  test.each([
    ['logback', '10:00:00.123 [main] WARN  c.acme.Foo - hello', 'c.acme.Foo'],
    ['log4j', '10:00:00,123 WARN  [main] c.acme.Foo - hello', 'c.acme.Foo'],
    ['hadoop', '10:00:00.123 WARN  c.acme.Foo - hello', 'c.acme.Foo'],
    ['minecraft', '[10:00:00] [Server thread/WARN]: hello', undefined],
  ])('a time of day: %s', (format, line, component) => {
    const draft = readOne(format, line);
    expect(draft.timestamp).toMatch(/^2026-11-21T10:00:00\.(123|000)000Z$/);
    expect(draft).toMatchObject({ severityNumber: 13, message: 'hello' });
    expect(draft.component).toBe(component);
  });

  test.each([
    ['logback-brackets', '2024-05-06 07:08:09,123 [main] WARN  [com.acme.Foo] hello'],
    ['log4j-brackets', '2024-05-06 07:08:09,123 WARN [com.acme.Foo] - hello'],
    ['sling', '06.05.2024 07:08:09.123 *WARN* [main] com.acme.Foo hello'],
    ['logback-status', '10:00:00,123 |-WARN in com.acme.Foo - hello'],
    ['level-first', 'WARN  2024-05-06 07:08:09,123 [main] com.acme.Foo - hello'],
    ['slf4j-simple', '[main] WARN com.acme.Foo - hello'],
  ])('%s: %s', (format, line) => {
    expect(readOne(format, line)).toMatchObject({ severityNumber: 13, component: 'com.acme.Foo', message: 'hello' });
  });

  test('log4j with milliseconds since the start', () => {
    expect(readOne('log4j-elapsed', '467 [main] WARN  com.acme.Foo - hello')).toMatchObject({
      severityNumber: 13,
      component: 'com.acme.Foo',
      message: 'hello',
    });
  });

  test('Cassandra', () => {
    expect(readOne('level-first', 'WARN  [Native-1] 2024-05-06 07:08:09,123 Message.java:2 - slow')).toEqual({
      timestamp: MS,
      severityNumber: 13,
      message: 'slow',
      attributes: { thread: 'Native-1', file: 'Message.java', line: 2 },
    });
  });
});

describe('Python', () => {
  test('Airflow, new and old', () => {
    expect(readOne('airflow', '[2024-05-06T07:08:09.123+0000] {taskinstance.py:1150} WARNING - slow')).toEqual({
      timestamp: MS,
      severityNumber: 13,
      message: 'slow',
      attributes: { location: 'taskinstance.py:1150' },
    });
    expect(readOne('airflow', '[2024-05-06, 07:08:09 UTC] {a.py:1} WARNING - slow')).toMatchObject({ timestamp: S });
  });

  test('uvicorn', () => {
    expect(readOne('uvicorn', 'INFO:     192.0.2.1:54321 - "GET /x?a=1 HTTP/1.1" 500 Internal Server Error')).toEqual({
      severityNumber: 9,
      message: '192.0.2.1:54321 - "GET /x?a=1 HTTP/1.1" 500 Internal Server Error',
      httpMethod: 'GET',
      httpPath: '/x?a=1',
      action: 'GET /x',
      httpStatus: 500,
      httpClientIp: '192.0.2.1',
    });
    expect(readOne('uvicorn', 'WARNING:  Invalid HTTP request received.')).toMatchObject({ severityNumber: 13 });
    expect(readOne('uvicorn', 'CRITICAL: down')).toMatchObject({ severityNumber: 21, message: 'down' });
  });

  test('gunicorn', () => {
    expect(readOne('dated', '[2024-05-06 07:08:09 +0000] [7] [WARNING] slow')).toMatchObject({
      timestamp: S,
      severityNumber: 13,
      message: 'slow',
      attributes: { pid: 7 },
    });
  });

  test('the development servers of Django and Flask', () => {
    expect(readOne('python-http', '[06/May/2024 07:08:09] "GET /x HTTP/1.1" 500 145')).toMatchObject({
      timestamp: S,
      severityNumber: 17,
      httpStatus: 500,
      action: 'GET /x',
    });
    expect(readOne('access', '127.0.0.1 - - [06/May/2024 07:08:09] "GET /x HTTP/1.1" 404 -')).toMatchObject({
      severityNumber: 13,
      httpClientIp: '127.0.0.1',
    });
  });

  test('Jupyter and Tornado', () => {
    expect(readOne('tornado', '[W 2024-05-06 07:08:09.123 NotebookApp] slow')).toMatchObject({
      timestamp: MS,
      severityNumber: 13,
      component: 'NotebookApp',
      message: 'slow',
    });
    expect(readOne('tornado', '[E 240506 07:08:09 web:12] x')).toMatchObject({ timestamp: S, component: 'web:12' });
    expect(readOne('tornado', '[I 10:00:00.123 LabApp] x')).toMatchObject({ timestamp: `${TODAY}.123000Z` });
  });

  test('a name before a level, and a name after it', () => {
    expect(readOne('named', '2024-05-06 07:08:09,123 shop WARNING slow')).toMatchObject({
      severityNumber: 13,
      component: 'shop',
      message: 'slow',
    });
    expect(readOne('python-level-first', '2024-05-06 07:08:09,123 - WARNING - shop - slow')).toMatchObject({
      severityNumber: 13,
      component: 'shop',
      message: 'slow',
    });
  });

  test('the ids of OpenTelemetry and of Datadog', () => {
    const otel =
      '2024-05-06 07:08:09,123 WARNING [shop.cart] [cart.py:12] [trace_id=4bf92f3577b34da6 span_id=0 resource.service.name=shop trace_sampled=True] - slow';
    expect(readOne('python-traced', otel)).toEqual({
      timestamp: MS,
      severityNumber: 13,
      component: 'shop.cart',
      service: 'shop',
      traceId: '4bf92f3577b34da6',
      message: 'slow',
      attributes: { location: 'cart.py:12', trace_sampled: 'True' },
    });
    const datadog =
      '2024-05-06 07:08:09,123 INFO [shop] [a.py:1] [dd.service=shop dd.env=prod dd.version= dd.trace_id=7 dd.span_id=8] - up';
    expect(readOne('python-traced', datadog)).toMatchObject({
      service: 'shop',
      environment: 'prod',
      traceId: '7',
      spanId: '8',
    });
  });

  test('structlog', () => {
    expect(readOne('dated', '2024-05-06T07:08:09.123456Z [warning  ] slow    ms=5')).toMatchObject({
      timestamp: US,
      severityNumber: 13,
      message: 'slow    ms=5',
    });
  });
});

describe('Node', () => {
  test('log4js', () => {
    expect(readOne('log4js', '[2024-05-06T07:08:09.123] [WARN] cheese - slow')).toMatchObject({
      timestamp: MS,
      severityNumber: 13,
      component: 'cheese',
      message: 'slow',
    });
  });

  test('NestJS', () => {
    expect(readOne('nest', '[Nest] 7  - 05/06/2024, 7:08:09 AM    WARN [NestFactory] slow +3ms')).toMatchObject({
      timestamp: S,
      severityNumber: 13,
      component: 'NestFactory',
      message: 'slow +3ms',
      attributes: { pid: 7 },
    });
    expect(readOne('nest', '[shop] 7  - 05/06/2024, 7:08:09 PM     LOG up')).toMatchObject({
      service: 'shop',
      message: 'up',
    });
  });

  test("npm's debug log", () => {
    const { format, entries } = readLog([
      '0 verbose cli /usr/bin/node',
      '1 silly fetch x',
      '2 error code E404',
      '3 timing a b',
    ]);
    expect(format).toBe('npm');
    expect(entries.map(({ draft }) => draft.severityNumber)).toEqual([1, 1, 17, 5]);
    expect(entries[2]!.draft.message).toBe('code E404');
    expect(readOne('npm-terminal', 'npm error code E404')).toMatchObject({ severityNumber: 17, message: 'code E404' });
    expect(readOne('npm-terminal', 'npm ERR! code E404')).toMatchObject({ severityNumber: 17, message: 'code E404' });
  });

  test('morgan', () => {
    expect(readOne('morgan', 'GET /x?a=1 503 1.234 ms - 12')).toMatchObject({
      severityNumber: 17,
      httpStatus: 503,
      durationMs: 1.234,
      action: 'GET /x',
    });
  });
});

describe("Erlang's machine", () => {
  test('Elixir', () => {
    expect(readOne('elixir', '10:00:00.123 request_id=F1a [warning] slow')).toMatchObject({
      timestamp: `${TODAY}.123000Z`,
      severityNumber: 13,
      correlationId: 'F1a',
      message: 'slow',
    });
    expect(readOne('dated', '10:00:00.123 [error] failed')).toMatchObject({ severityNumber: 17, message: 'failed' });
  });
});

describe('Apple', () => {
  test('the unified log', () => {
    const { format, entries } = readLog([
      'Timestamp                       Thread     Type        Activity             PID    TTL  ',
      '2024-05-06 09:08:09.123456+0200 0x97b      Error       0x0                  4004   14   ImagePreview: (Lib) [com.acme:launch] failed',
      '2024-05-06 09:08:09.123456+0200 0x97b      Default     0x0                  0      0    kernel: up',
    ]);
    expect(format).toBe('apple-unified');
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      {
        timestamp: US,
        severityNumber: 17,
        component: 'ImagePreview',
        message: 'failed',
        attributes: { pid: 4004, library: 'Lib', subsystem: 'com.acme', category: 'launch' },
      },
      { severityNumber: 10, component: 'kernel', message: 'up' },
    ]);
    expect(readOne('apple-unified', '2024-05-06 07:08:09.123 E  MyApp[7:4567] [com.acme:ui] x').severityNumber).toBe(
      17,
    );
  });

  test('NSLog', () => {
    expect(readOne('nslog', '2024-05-06 07:08:09.123 MyApp[7:4567] hello')).toMatchObject({
      component: 'MyApp',
      message: 'hello',
      attributes: { pid: 7, tid: '4567' },
    });
  });

  test('swift-log', () => {
    expect(readOne('swift-log', '2024-05-06T07:08:09+0000 warning shop.cart : id=7 [Cart] slow')).toEqual({
      timestamp: S,
      severityNumber: 13,
      component: 'shop.cart',
      message: 'slow',
      attributes: { id: '7', module: 'Cart' },
    });
  });
});

test('VMware', () => {
  expect(
    readOne(
      'vmware',
      '2024-05-06T07:08:09.123Z warning vpxd[7] [Originator@6876 sub=[SSO][Admin] opID=7e12] [VpxLRO] -- BEGIN',
    ),
  ).toEqual({
    timestamp: MS,
    severityNumber: 13,
    component: 'vpxd',
    message: '[VpxLRO] -- BEGIN',
    attributes: { pid: 7, sub: '[SSO][Admin]', opID: '7e12' },
  });
});

describe('syslog without a priority', () => {
  test.each([
    'Oct 11 22:14:15 web-1 sshd[7]: hello',
    '2026-10-11T22:14:15Z web-1 sshd[7]: hello',
    '2026-10-11 22:14:15+00 web-1 sshd[7]: hello',
  ])('%s', (line) => {
    expect(readOne('syslog', line)).toMatchObject({
      timestamp: '2026-10-11T22:14:15.000000Z',
      host: 'web-1',
      component: 'sshd',
      message: 'hello',
    });
  });

  test('may have no host', () => {
    expect(readOne('syslog', 'Oct 11 22:14:15 sshd[7]: hello')).toMatchObject({ component: 'sshd', message: 'hello' });
  });

  test('a level in capitals at the head of its message counts', () => {
    expect(readOne('syslog', 'Oct 11 22:14:15 web-1 app[7]: ERROR: x')).toMatchObject({
      severityNumber: 17,
      message: 'x',
    });
  });

  test.each([
    '2024-05-06T07:08:09Z ERROR payment failed: card declined',
    '2024-05-06T07:08:09Z [error] tag: x',
    '2024-05-06T07:08:09Z stdout tag: x',
    '2024-05-06T07:08:09Z 12 tag: x',
    '2024-05-06T07:08:09Z hello world',
    '2024-05-06T07:08:09Z myapp: hello',
    'May  6 07:08:09 ERROR disk: full',
  ])('is another format: %s', (line) => {
    const { format, entries } = readLog([line]);
    expect(format).not.toBe('syslog');
    expect(entries[0]!.draft.host ?? null).toBeNull();
  });
});
