import { describe, expect, test } from 'vitest';
import { levelOf } from '../../../src/log/level.ts';
import { readLog } from '../../support/log-lines.ts';

const lines = (text: string): string[] => text.replace(/^\n|\n$/g, '').split('\n');

/** The records between a first and a last line of plain text. */
function between(text: string) {
  const { entries } = readLog(['first', ...lines(text), 'last']);
  expect([entries[0]!.draft.message, entries.at(-1)!.draft.message]).toEqual(['first', 'last']);
  return entries.slice(1, -1).map(({ draft: { message, errorType, stackTrace, severityNumber } }) => ({
    message,
    errorType,
    level: severityNumber ? levelOf(severityNumber) : null,
    traceLines: stackTrace?.split('\n').length ?? 0,
  }));
}

describe('an error that nothing caught is one record, and plain lines beside it stay apart', () => {
  test.each([
    [
      'Java with causes',
      `
Exception in thread "main" java.lang.IllegalStateException: no pool
	at com.acme.Foo.bar(Foo.java:12)
	Suppressed: java.io.IOException: close
		at x.y(Z.java:1)
Caused by: java.io.IOException: gone
	at a.b(C.java:1)
	... 3 more`,
      {
        message: 'Exception in thread "main" java.lang.IllegalStateException: no pool',
        errorType: 'java.lang.IllegalStateException',
        level: 'ERROR',
        traceLines: 6,
      },
    ],
    [
      '.NET',
      `
Unhandled exception. System.InvalidOperationException: outer
 ---> System.ArgumentException: inner
   at A.B() in C.cs:line 3
   --- End of inner exception stack trace ---
   at D.E()
--- End of stack trace from previous location ---
   at F.G()`,
      {
        message: 'Unhandled exception. System.InvalidOperationException: outer',
        errorType: 'System.InvalidOperationException',
        level: 'ERROR',
        traceLines: 6,
      },
    ],
    [
      'Python with an error while another one is handled',
      `
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    x()
    ~^^
KeyError: 'a'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    raise Gone('b')
shop.Gone: b`,
      { message: 'shop.Gone: b', errorType: 'shop.Gone', level: 'ERROR', traceLines: 12 },
    ],
    [
      'Node with a cause',
      `
TypeError [ERR_X]: boom
    at main (a.js:1:2)
    at async b.js:3 {
  code: 'X',
  [cause]: Error: y
      at z (c.js:1:1)
}`,
      { message: 'TypeError [ERR_X]: boom', errorType: 'TypeError', level: 'ERROR', traceLines: 6 },
    ],
    [
      'Node with the line of the source',
      `
/app/a.js:3
    throw new Error('boom');
    ^

Error: boom
    at main (/app/a.js:3:9)

Node.js v24.1.0`,
      { message: 'Error: boom', errorType: 'Error', level: 'ERROR', traceLines: 8 },
    ],
    [
      'Go with several goroutines',
      `
panic: runtime error: invalid memory address or nil pointer dereference

goroutine 1 [running]:
main.(*T).run(0xc000, {0x1, 0x2})
	/app/main.go:5 +0x1d

goroutine 18 [chan receive, 2 minutes]:
created by main.main in goroutine 1
	/app/main.go:15 +0x1d
exit status 2`,
      {
        message: 'panic: runtime error: invalid memory address or nil pointer dereference',
        errorType: 'panic',
        level: 'CRITICAL',
        traceLines: 8,
      },
    ],
    [
      'Rust',
      `
thread 'main' panicked at src/main.rs:2:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
note: Some details are omitted`,
      {
        message: "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds",
        errorType: 'panic',
        level: 'CRITICAL',
        traceLines: 4,
      },
    ],
    [
      'Ruby',
      `
app/a.rb:1:in 'x': boom (Shop::Gone)
	from app/b.rb:2:in 'y'
	from app/c.rb:3:in '<main>'`,
      { message: "app/a.rb:1:in 'x': boom (Shop::Gone)", errorType: 'Shop::Gone', level: 'ERROR', traceLines: 2 },
    ],
    [
      'PHP',
      `
PHP Fatal error:  Uncaught App\\Gone: boom in /a.php:3
Stack trace:
#0 /a.php(5): f()
#1 {main}
  thrown in /a.php on line 3`,
      {
        message: 'Uncaught App\\Gone: boom in /a.php:3',
        errorType: 'App\\Gone',
        level: 'CRITICAL',
        traceLines: 4,
      },
    ],
    [
      'Elixir',
      `
** (RuntimeError) boom
    (app 0.1.0) lib/a.ex:1: A.b/0`,
      { message: '** (RuntimeError) boom', errorType: 'RuntimeError', level: 'ERROR', traceLines: 1 },
    ],
  ])('%s', (_, text, record) => {
    expect(between(text)).toEqual([record]);
  });
});

describe('the trace of an error that was logged belongs to its record', () => {
  const logged = (trace: string) => {
    const { entries } = readLog(['2024-05-06 07:08:09 ERROR failed', ...lines(trace), '2024-05-06 07:08:10 INFO next']);
    expect(entries.map(({ draft }) => draft.message)).toEqual(['failed', 'next']);
    return entries[0]!.draft;
  };

  test.each([
    [
      'an exception group',
      '  + Exception Group Traceback (most recent call last):\n  |   File "a.py", line 1, in x\n  | ExceptionGroup: eg (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------',
      'ExceptionGroup',
    ],
    ['frames of Ruby without indentation', "/app/a.rb:1:in `x'\n/app/b.rb:2:in `y'", undefined],
    ['a type that is only known by the frames after it', 'com.acme.Gone: y\n\tat a.b(C.java:1)', 'com.acme.Gone'],
    [
      'a message of several lines',
      'java.lang.IllegalStateException: y\nmore of it\n\tat a.b(C.java:1)',
      'java.lang.IllegalStateException',
    ],
  ])('%s', (_, trace, errorType) => {
    const draft = logged(trace);
    expect(draft.stackTrace).toBe(trace);
    expect(draft.errorType ?? undefined).toBe(errorType);
  });

  test('a type in the message is the type of frames that follow', () => {
    const { entries } = readLog(['2024-05-06 07:08:09 ERROR boom (Shop::Gone)', "/app/a.rb:1:in `x'"]);
    expect(entries[0]!.draft).toMatchObject({ message: 'boom (Shop::Gone)', errorType: 'Shop::Gone' });
  });

  test('a level that the line names stays, and an error without one is an error', () => {
    const trace = ['java.lang.IllegalStateException: y', '\tat a.b(C.java:1)'];
    const { entries } = readLog([
      '2024-05-06 07:08:09 WARN tried again',
      ...trace,
      '2024-05-06 07:08:10 gave up',
      ...trace,
      '2024-05-06 07:08:11 INFO next',
    ]);
    expect(entries.map(({ draft }) => draft.severityNumber)).toEqual([13, 17, 9]);
  });
});

describe('among dated lines', () => {
  const dated = (...more: string[]) =>
    readLog(['2024-05-06 07:08:09 INFO start', ...more, '2024-05-06 07:08:10 INFO next']).entries.map(
      ({ draft: { timestamp, message } }) => [timestamp!.slice(11, 19), message],
    );

  test.each([
    ['a panic', ['panic: x', '', 'goroutine 1 [running]:', 'main.main()', '\t/app/main.go:5 +0x1d'], 'panic: x'],
    [
      'a traceback',
      ['Traceback (most recent call last):', '  File "a.py", line 1, in x', 'ValueError: b'],
      'ValueError: b',
    ],
  ])('%s is a record of its own with the time of the line before', (_, more, message) => {
    expect(dated(...more)).toEqual([
      ['07:08:09', 'start'],
      ['07:08:09', message],
      ['07:08:10', 'next'],
    ]);
  });

  test('a plain line after the frames of a trace is a record of its own', () => {
    const { entries } = readLog([
      '2024-05-06 07:08:09 ERROR bad',
      'java.io.IOException: y',
      '\tat a.b(C.java:1)',
      'plain line',
      '2024-05-06 07:08:10 INFO next',
    ]);
    expect(entries.map(({ at, draft }) => [at, draft.message])).toEqual([
      [1, 'bad'],
      [4, 'plain line'],
      [5, 'next'],
    ]);
  });
});
