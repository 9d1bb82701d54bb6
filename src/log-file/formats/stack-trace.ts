/** Lines that only a stack trace has. */
const TRACE_LINE =
  /^\s+at \S|^\s*(?:Caused by|Suppressed): |^\s+\.\.\. \d+ (?:more|common frames)|^\s+File ".*", line \d+/;
const TRACEBACK = /^Traceback \(most recent call last\)/;
const ERROR_LINE =
  /^(?:Exception in thread ".*?" |Caused by: )?((?:[A-Za-z_$][\w$]*\.)*[\w$]*(?:Exception|Error|Throwable|Exit|Interrupt|Warning))(?::|\s*$)/;

/** @param inTrace whether the line before it is part of a stack trace */
export const isTraceLine = (line: string, inTrace: boolean): boolean =>
  TRACE_LINE.test(line) || TRACEBACK.test(line) || (inTrace && (/^\s+\S/.test(line) || ERROR_LINE.test(line)));

interface Split {
  message: string[];
  trace: string[];
  errorType: string | null;
}

/** Splits the lines of a record after its first line into the rest of its message and its stack trace. */
export function splitTrace(first: string, lines: readonly string[]): Split {
  const at = lines.findIndex((line) => TRACE_LINE.test(line) || TRACEBACK.test(line) || ERROR_LINE.test(line));
  if (at < 0 || !lines.some((line) => TRACE_LINE.test(line)))
    return { message: [...lines], trace: [], errorType: null };
  const trace = lines.slice(at);
  return { message: lines.slice(0, at), trace, errorType: errorTypeOf(first, trace) };
}

/** Java names the error before its trace, Python after it. */
function errorTypeOf(first: string, trace: readonly string[]): string | null {
  const named = TRACEBACK.test(trace[0]!) ? trace.findLast((line) => ERROR_LINE.test(line)) : trace[0]!;
  const m = ERROR_LINE.exec(named ?? '') ?? ERROR_LINE.exec(first);
  return m?.[1] ?? null;
}
