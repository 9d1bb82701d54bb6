import { severityOf } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { type Trace, traceAfter } from './trace.ts';
import {
  errorOf,
  isNodeSource,
  isTraceback,
  isTraceLine,
  raisedBy,
  typeBeforeFrames,
  uncaughtOf,
} from './trace-lines.ts';

interface Split {
  message: string;
  /** Null: the lines have no trace. */
  stackTrace: string | null;
  errorType: string | null;
}

/** Splits the lines of a record into its message and its stack trace. */
function splitTrace(first: string, more: readonly string[]): Split {
  const uncaught = uncaughtOf(first);
  // Python's traceback and Node's source stand before the error.
  if (isTraceback(first) || isNodeSource(first)) {
    const error = isTraceback(first) ? raised([first, ...more]) : more.find((line) => errorOf(line) !== undefined);
    return {
      message: error?.replace(/^[\s|]+/, '') ?? first,
      stackTrace: textOf([first, ...more]),
      errorType: error === undefined ? null : typeIn(error),
    };
  }
  const frameAt = more.findIndex(isTraceLine);
  if (frameAt < 0) return { message: textOf([first, ...more]), stackTrace: null, errorType: uncaught?.type ?? null };
  const errorAt = isTraceback(more[frameAt]!) ? -1 : more.findIndex((line) => typeBeforeFrames(line) !== undefined);
  const at = errorAt >= 0 && errorAt < frameAt ? errorAt : frameAt;
  const trace = more.slice(at);
  return {
    message: textOf([first, ...more.slice(0, at)]),
    stackTrace: textOf(trace),
    errorType: uncaught?.type ?? typeOf(first, trace),
  };
}

/**
 * Adds the lines after a record's first one to the record: to its message, and its stack trace. A record that tells of an error
 * nothing caught, or has a trace, and names no level is an error.
 */
export function addLines(draft: Draft, more: readonly string[]): void {
  if (more.length === 0 && draft.severityNumber && draft.errorType) return;
  const { message, stackTrace, errorType } = splitTrace(draft.message ?? '', more);
  draft.message = message;
  if (stackTrace !== null) draft.stackTrace ??= stackTrace;
  if (errorType === null) return;
  draft.errorType ??= errorType;
  draft.severityNumber ??= severityOfError(errorType);
}

const severityOfError = (type: string): number =>
  severityOf(type.endsWith('Warning') ? 'WARNING' : /^(?:panic|fatal error|Fatal)/i.test(type) ? 'CRITICAL' : 'ERROR');

const textOf = (lines: readonly string[]): string => lines.join('\n').trimEnd();

const typeIn = (error: string): string | null => errorOf(error) ?? raisedBy(error) ?? null;

function typeOf(first: string, trace: readonly string[]): string | null {
  if (isTraceback(trace[0]!)) {
    const error = raised(trace);
    return error === undefined ? null : typeIn(error);
  }
  if (trace[0]!.startsWith('goroutine ')) return /\bpanic/.test(first) ? 'panic' : null;
  return typeBeforeFrames(trace[0]!) ?? errorOf(first) ?? NAMED.exec(first)?.slice(1).find(Boolean) ?? null;
}

/** In a message that frames follow: `boom (RuntimeError)`, `failed: java.io.IOException: x`, `{"exception":"[object] (A\\B(code: 0): x`. */
const NAMED =
  / \(([A-Z]\w*(?:::\w+)*)\)$|[\s:|(]((?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Exception|Error))(?::|$)|\[object\] \(([\w\\]+)\(code:/;

/** The error of a traceback: the last one where errors follow each other, and the group where it holds others. */
function raised(trace: readonly string[]): string | undefined {
  const group = trace.find((line) => /^[\s|]*\| \w*ExceptionGroup: /.test(line));
  if (group !== undefined) return group.replace(/^[\s|]+/, '');
  let before: Trace | null = null;
  let error: string | undefined;
  for (const line of trace) {
    const trace: Trace | null = traceAfter(line, before);
    if (before?.at === 'traceback' && trace?.at === 'raised') error = line;
    before = trace;
  }
  return error;
}
