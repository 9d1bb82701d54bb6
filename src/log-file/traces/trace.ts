import {
  errorOf,
  isBacktrace,
  isFrame,
  isGoroutine,
  isNodeSource,
  isRubyError,
  isTraceback,
  isTraceTitle,
  raisedBy,
  uncaughtOf,
} from './trace-lines.ts';

/**
 * Where a record's stack trace stands after a line. A blank line opens a `gap`: only lines that surely are of the trace close it.
 *
 *   error      the message of an error: frames may follow
 *   frames     Java, .NET, Node, Ruby, PHP
 *   traceback  Python: frames, then the error that was raised
 *   raised     Python: after that error, another one may follow
 *   goroutine  Go
 *   panicked   Rust: the message of the panic follows
 *   backtrace  Rust, Lua
 *   source     Node: the line of the source that threw follows, and a line that points into it
 */
export interface Trace {
  at: 'error' | 'frames' | 'traceback' | 'raised' | 'goroutine' | 'panicked' | 'backtrace' | 'source';
  gap: boolean;
}

const at = (place: Trace['at']): Trace => ({ at: place, gap: false });

const INDENTED = /^\s+\S/;
const CHAINED =
  /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/;

/** The trace that the message of a record begins, before any line follows it. */
export function traceBegunBy(message: string): Trace | null {
  const begun = traceAfter(message, null);
  if (begun) return begun;
  if (isNodeSource(message)) return at('source');
  if (message.startsWith("thread '") && uncaughtOf(message))
    return at(message.endsWith(':') ? 'panicked' : 'backtrace');
  if (/^(?:panic|fatal error): /.test(message)) return at('goroutine');
  return errorOf(message) !== undefined || uncaughtOf(message) ? at('error') : null;
}

/** The trace after one more line. Null if the line is not part of it. */
export function traceAfter(line: string, before: Trace | null): Trace | null {
  if (line.trim() === '') return before && { at: before.at, gap: true };
  if (isTraceback(line)) return at('traceback');
  if (isGoroutine(line)) return at('goroutine');
  if (isBacktrace(line)) return at('backtrace');
  if (isTraceTitle(line)) return at('frames');
  const goesOn = before && GOES_ON[before.at](line, before.gap);
  if (goesOn) return at(goesOn);
  return isFrame(line) && !(before === null && isRubyError(line))
    ? at(before?.at === 'traceback' ? 'traceback' : 'frames')
    : null;
}

const GOES_ON: Record<Trace['at'], (line: string, gap: boolean) => Trace['at'] | false> = {
  error: (line, gap) => (gap ? /^Caused by:$/.test(line) && 'backtrace' : line === '{' && 'frames'),
  frames: (line, gap) =>
    (gap
      ? /^(?:Node\.js v\d|Caused by:|Next [A-Za-z_\\][\w\\]*: )/.test(line)
      : INDENTED.test(line) || /^[}\])"]|^\[previous exception\]/.test(line) || isRubyError(line)) && 'frames',
  traceback: (line, gap) => !gap && (INDENTED.test(line) ? 'traceback' : raisedBy(line) !== undefined && 'raised'),
  raised: (line, gap) => (CHAINED.test(line) ? 'raised' : !gap && INDENTED.test(line) && 'raised'),
  goroutine: (line, gap) =>
    (/^(?:exit status \d|\[signal |\[recovered|rax |r\d+ |e?flags|trap |goroutine )/.test(line) ||
      (!gap && (INDENTED.test(line) || isGoCall(line)))) &&
    'goroutine',
  panicked: (_, gap) => !gap && 'backtrace',
  backtrace: (line, gap) => ((!gap && INDENTED.test(line)) || /^(?:note: |Caused by:$)/.test(line)) && 'backtrace',
  source: (line, gap) =>
    gap
      ? errorOf(line) !== undefined && 'error'
      : /^\s*[\^~]+\s*$/.test(line) || INDENTED.test(line) || /^throw\b/.test(line)
        ? 'source'
        : false,
};

/** `main.main()`, `net/http.(*conn).serve(0xc0, {0x1, 0x2})`, `created by main.main in goroutine 1` */
const isGoCall = (line: string): boolean =>
  line.startsWith('created by ') ||
  line.startsWith('...') ||
  (/\)(?: in goroutine \d+)?$/.test(line) && /^[\w./@%~-]+[.(]/.test(line));
