import { describe, expect, test } from 'vitest';
import { importedOf, type Shown } from '../../support/cases.ts';

const imported = (...lines: string[]): Promise<Shown[]> => importedOf(Buffer.from(`${lines.join('\n')}\n`));

describe('the first file of a user is read whole', () => {
  test('a colon after the offset ends the time, as in the log of the JVM', async () => {
    const records = await imported(
      '2024-05-06T07:08:09.123+0200: 0.123: [GC (Allocation Failure) 512K->100K(1024K), 0.0012 secs]',
      '2024-05-06T07:08:10.123Z: ERROR: no memory',
      '2024-05-06T07:08:11+02:00: done',
    );
    expect(records).toMatchObject([
      { timestamp: '2024-05-06T05:08:09.123000Z', message: expect.stringMatching(/^0\.123: \[GC/) },
      { timestamp: '2024-05-06T07:08:10.123000Z', level: 'ERROR', message: 'no memory' },
      { timestamp: '2024-05-06T05:08:11.000000Z', message: 'done' },
    ]);
  });

  test('levels that are aligned to the right begin records, as older versions of Cassandra write them', async () => {
    const records = await imported(
      'ERROR [Thread-1] 2013-05-06 07:08:09,123 Daemon.java (line 139) Fatal exception',
      'java.lang.OutOfMemoryError: Java heap space',
      '        at a.b(C.java:1)',
      ' INFO [FlushWriter:1] 2013-05-06 07:08:10,123 Memtable.java (line 50) Writing',
      ' WARN [main] 2013-05-06 07:08:11,123 Memtable.java (line 51) Slow',
    );
    expect(records).toMatchObject([
      { level: 'ERROR', message: 'Fatal exception', errorType: 'java.lang.OutOfMemoryError' },
      { level: 'INFO', message: 'Writing', attributes: { thread: 'FlushWriter:1', file: 'Memtable.java', line: 50 } },
      { level: 'WARNING', message: 'Slow' },
    ]);
  });

  test('a thread and a logger without dots stand after a level and a time', async () => {
    const records = await imported(
      '[INFO ] 2024-05-06 07:08:09.123 [main] Application - Started',
      'ERROR 2024-05-06 07:08:10,123 [http-nio-1] UserController - boom',
    );
    expect(records).toMatchObject([
      { component: 'Application', message: 'Started', attributes: { thread: 'main' } },
      { component: 'UserController', message: 'boom', level: 'ERROR' },
    ]);
  });

  test('the name of a rotated file may hold a time of day, and grep shows lines around a match', async () => {
    const rotated = await imported(
      'nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.wsgi.server [req-1 - - - - -] GET',
      'nova-compute.log.1.2017-05-16_13:55:31 2017-05-16 00:00:04.5 2931 ERROR nova.virt.libvirt [req-2 - - - - -] x',
    );
    expect(rotated).toMatchObject([
      { timestamp: '2017-05-16T00:00:00.008000Z', component: 'nova.wsgi.server' },
      { level: 'ERROR', attributes: { file: 'nova-compute.log.1.2017-05-16_13:55:31' } },
    ]);
    const around = await imported(
      'app.log:12:2024-05-06 07:08:09,123 ERROR [main] c.e.App - boom',
      'app.log-13-java.io.IOException: gone',
      'app.log-14-\tat a.b(C.java:1)',
      '--',
      'app.log:40:2024-05-06 07:08:10,123 INFO [main] c.e.App - ok',
    );
    expect(around).toMatchObject([
      { message: 'boom', errorType: 'java.io.IOException', attributes: { file: 'app.log', fileLine: 12 } },
      { message: 'ok', attributes: { fileLine: 40 } },
    ]);
    expect(around).toHaveLength(2);
  });

  test('an error that nothing caught in a Python function of Lambda is a record', async () => {
    const records = await imported(
      'START RequestId: 9f507cfc-1b2c-4697-b07a-ac58fc914c95 Version: $LATEST',
      '[WARNING]\t2024-05-06T07:08:09.223Z\t9f507cfc-1b2c-4697-b07a-ac58fc914c95\tslow',
      "[ERROR] KeyError: 'name'",
      'Traceback (most recent call last):',
      '  File "/var/task/a.py", line 5, in handler',
      "    print(event['name'])",
      'END RequestId: 9f507cfc-1b2c-4697-b07a-ac58fc914c95',
    );
    expect(records).toMatchObject([
      {},
      { level: 'WARNING', message: 'slow', stackTrace: null },
      {
        level: 'ERROR',
        message: "KeyError: 'name'",
        errorType: 'KeyError',
        stackTrace: expect.stringMatching(/^Trace/),
      },
      {},
    ]);
  });

  test('a balancer without a target writes 0 for its status, and older ones write no domain', async () => {
    const records = await imported(
      '2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 - -1 -1 -1 503 0 0 0 "GET http://a.com:80/ HTTP/1.1" "curl" - -',
    );
    expect(records).toMatchObject([{ level: 'ERROR', http: { status: 503, clientIp: '192.168.131.39' } }]);
    const old = await imported(
      'https 2016-08-10T23:39:43.945958Z app/my-lb/50dc [2001:db8::1]:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 ' +
        '"GET https://a.com:443/x HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:aws:x "Root=1-58337281-1d84"',
    );
    expect(old).toMatchObject([{ http: { status: 200, clientIp: '2001:db8::1' }, durationMs: 171 }]);
  });

  test('a fatal error of Go is followed by the stack of the runtime', async () => {
    const records = await imported(
      'fatal error: stack overflow',
      '',
      'runtime stack:',
      'runtime.throw({0x1, 0x2})',
      '\t/usr/local/go/src/runtime/panic.go:1077 +0x5c',
      '',
      'goroutine 1 [running]:',
      'main.f(0x1)',
      '\t/a.go:5 +0x1',
    );
    expect(records).toHaveLength(1);
    expect(records).toMatchObject([{ errorType: 'fatal error', stackTrace: expect.stringMatching(/^runtime stack:/) }]);
  });

  test('lines of Go with a level before the time, and requests of gin among lines of the standard logger', async () => {
    const records = await imported(
      'INFO: 2024/05/06 07:08:09 main.go:14: up',
      'ERROR: 2024/05/06 07:08:10 main.go:15: down',
      '[GIN-debug] [WARNING] Running in "debug" mode.',
      '[GIN] 2024/05/06 - 07:08:11 | 500 |    1.234567ms |       127.0.0.1 | GET      "/ping"',
      '2024/05/06 07:08:12 bye',
    );
    expect(records).toMatchObject([
      { level: 'INFO', message: 'up', attributes: { location: 'main.go:14' } },
      { level: 'ERROR', message: 'down' },
      { level: 'WARNING', message: 'Running in "debug" mode.' },
      { level: 'ERROR', http: { method: 'GET', path: '/ping', status: 500 } },
      { message: 'bye' },
    ]);
  });

  test('objects over several lines may have commas between them', async () => {
    const records = await imported('{', '  "level": "error",', '  "msg": "a"', '},', '{', '  "msg": "b"', '},');
    expect(records.map(({ message }) => message)).toEqual(['a', 'b']);
  });

  test('the exception that a message ends with is the type of the frames after it', async () => {
    const records = await imported(
      '2024-05-06 07:08:09.1234|ERROR|Shop.Orders|Failed to save|System.Exception: x',
      '   at Shop.Orders.Save() in Orders.cs:line 3',
      '2024-05-06 07:08:10.1234|INFO|Shop.Orders|ok',
    );
    expect(records).toMatchObject([{ errorType: 'System.Exception' }, { message: 'ok' }]);
  });
});
