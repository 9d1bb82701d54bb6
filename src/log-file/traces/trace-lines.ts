/** Lines that only a stack trace has: frames, causes, and what stands between them. */
const FRAMES: readonly RegExp[] = [
  // Java, .NET, Node: `    at a.b(C.java:1)`, `... 3 more`, ` ---> System.Exception: x`, `--- End of inner exception stack trace ---`.
  /^\s+at \S|^\s*(?:Caused by|Suppressed|Wrapped by): \S|^\s+\.\.\. \d+ (?:more|common frames)|^\s+\[CIRCULAR REFERENCE/,
  /^\s*---> \S|^\s*--- End of (?:inner exception )?stack trace/,
  // Python: `  File "a.py", line 1, in x`.
  /^[\s|+]+File ".*", line \d+/,
  // Ruby: `app/a.rb:1:in 'x'`. Elixir: `    (app 1.0) lib/a.ex:1: A.b/0`.
  /^\s*(?:from )?[^\s:]\S*:\d+:in [`'"]|^\s+(?:\(.{1,80}\) )?\S+\.exs?:\d+: /,
  // PHP: `#0 /a.php(795): x`, `#1 {main}`. Dart: `#0      main (package:a/b.dart:1:2)`. gdb: `#0  0x00 in x ()`.
  /^#\d+ +(?:\{main\}|\[internal function\]|\S+\(\d+\): |0x\w+ in |\S.{0,200} \((?:package|dart|file):)|^\s+thrown in \S+ on line \d+/,
];
/** `goroutine 1 [running]:`, `runtime stack:` */
const GOROUTINE = /^(?:goroutine \d+ .{0,80}\[[^\]]{1,200}\]|runtime stack):$/;
const BACKTRACE = /^(?:stack backtrace|Stack backtrace|stack traceback):$/;
const TRACEBACK = /^(?:\s+\+ )?(?:Exception Group )?Traceback \(most recent call last\):/;

export const isFrame = (line: string): boolean => FRAMES.some((pattern) => pattern.test(line));
export const isGoroutine = (line: string): boolean => line.endsWith(':') && GOROUTINE.test(line);
export const isBacktrace = (line: string): boolean => BACKTRACE.test(line);
export const isTraceback = (line: string): boolean => line.includes('Traceback (') && TRACEBACK.test(line);

/** A line that the trace of an error begins or goes on with, whatever stands before it. */
export const isTraceLine = (line: string): boolean =>
  isFrame(line) || isTraceback(line) || isGoroutine(line) || isBacktrace(line) || isTraceTitle(line);

/** What PHP writes before the frames. */
export const isTraceTitle = (line: string): boolean => /^(?:Stack trace:|\[stacktrace\])$/.test(line);

/** `java.io.IOException: x`, `TypeError [ERR_X]: y`, `** (RuntimeError) z`, `NoMethodError (undefined method):`: the first group is the type of the error. */
const ERROR =
  /^\s{0,8}(?:Caused by: |\*\* \()?((?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[\w$]*(?:Exception|Error|Throwable|Exit|Interrupt|Warning|ExceptionGroup))(?: \[\w+\])?(?:[:)]| --->| \(.*\):$|\s*$)/;
/** `com.example.Gone: x` is the type of an error where frames follow. */
const DOTTED = /^((?:[a-z_]\w*\.)+[A-Z_$][\w$]*)(?::|\s*$)/;
/** The last line of Python's traceback, without what draws groups: `| ValueError: x`. */
const RAISED = /^(?:[\s|]*\| )?([A-Za-z_][\w.]*)(?::|$)/;

export const errorOf = (line: string): string | undefined => ERROR.exec(line)?.[1];
export const typeBeforeFrames = (line: string): string | undefined => errorOf(line) ?? DOTTED.exec(line)?.[1];
export const raisedBy = (line: string): string | undefined => RAISED.exec(line)?.[1];

/** The first lines that programs write when an error ends them. The first group, if it is one, is the type of the error. */
const UNCAUGHT: readonly (readonly [begin: string, pattern: RegExp])[] = [
  ['panic: ', /^(panic): /],
  ['fatal error: ', /^(fatal error): /],
  ['thread ', /^thread '.{0,200}'(?: \(\d+\))? (?:panicked) at /],
  ['Exception in thread ', /^Exception in thread ".{0,200}?" ([\w$.]+)/],
  ['Unhandled ', /^Unhandled exception[.:]? ?(?:([\w$.]+)(?::|$| --->))?/i],
  ['Uncaught ', /^Uncaught (?:exception:? )?([A-Za-z_$][\w$.\\]*)(?::|$)/i],
  ['PHP Fatal error: ', /^PHP Fatal error: +(?:Uncaught ([\w\\]+))?/],
  ['Fatal error: ', /^Fatal error: Uncaught ([\w\\]+)/],
  ['terminate called ', /^terminate called after throwing an instance of '([^']{1,200})'/],
  ['Fatal Python error: ', /^(Fatal Python error): /],
];
/** `a.rb:1:in 'x': boom (RuntimeError)` */
const RUBY = /^\S+:\d+:in [`'"].{0,200}?': .*\(([A-Z]\w*(?:::\w+)*)\)$/;
/** `/app/a.js:3`, which Node writes before the line of the source. */
const NODE = /^(?:node:\S+|(?:file:\/\/)?[/\w]\S*\.[cm]?[jt]sx?):\d+$/;

export interface Uncaught {
  type: string | null;
}

/** What a line says if it is the first one of an error that nothing caught. */
export function uncaughtOf(line: string): Uncaught | undefined {
  for (const [begin, pattern] of UNCAUGHT) {
    const found = line.startsWith(begin) ? pattern.exec(line) : null;
    if (found) return { type: begin === 'thread ' ? 'panic' : (found[1] ?? null) };
  }
  const ruby = line.endsWith(')') ? RUBY.exec(line) : null;
  if (ruby) return { type: ruby[1]! };
  return isNodeSource(line) ? { type: null } : undefined;
}

const DIGIT = /\d$/;
export const isNodeSource = (line: string): boolean => DIGIT.test(line) && NODE.test(line);
export const isRubyError = (line: string): boolean => line.endsWith(')') && RUBY.test(line);
