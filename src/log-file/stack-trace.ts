/** Only a trace has such lines. */
const TRACE_LINE =
  /^\s+at \S|^\s*(?:Caused by|Suppressed): |^\s+\.\.\. \d+ (?:more|common frames)|^\s+File ".*", line \d+/;
const TRACEBACK = /^Traceback \(most recent call last\)/;
const ERROR_LINE =
  /^(?:Exception in thread ".*?" |Caused by: )?((?:[A-Za-z_$][\w$]*\.)*[\w$]*(?:Exception|Error|Throwable|Exit|Interrupt|Warning))(?::|\s*$)/;

/** Whether a line of plain text is part of a stack trace; `inTrace`: the line before it was. */
export const isTraceLine = (line: string, inTrace: boolean): boolean =>
  TRACE_LINE.test(line) || TRACEBACK.test(line) || (inTrace && (/^\s+\S/.test(line) || ERROR_LINE.test(line)));

interface Split {
  message: string[];
  trace: string[];
  errorType: string | null;
}

/** The lines of one record after its first: those of its message, then a stack trace, if one is in them. */
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
