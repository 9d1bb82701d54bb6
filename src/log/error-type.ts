/** A longer first line is no error's name and message. */
const LINE_CHARACTERS_MAX = 2000;
const ERROR =
  /^(?:Exception in thread ".{1,200}?" |Caused by: |Unhandled exception\. |Uncaught |PHP Fatal error: {1,2}Uncaught )?((?:[A-Za-z_$][\w$]{0,100}(?:\.|::|\\)){0,20}[\w$]{0,100}(?:Exception|Error|Throwable|Failure|Exit|Interrupt|Warning|Fault))(?=[:\s(]|$)/;
const PYTHON = /^(?:Traceback \(most recent call last\)| {2}\+ Exception Group Traceback)/;

/** The name of the error that a stack trace tells of. Java and most others name it first, Python last. */
export function errorTypeIn(trace: string): string | undefined {
  if (!PYTHON.test(trace)) return typeInLine(trace, 0);
  for (let end = trace.length; end > 0; ) {
    const begin = trace.lastIndexOf('\n', end - 1) + 1;
    const found = typeInLine(trace, begin);
    if (found !== undefined) return found;
    end = begin - 1;
  }
  return undefined;
}

function typeInLine(trace: string, begin: number): string | undefined {
  const end = trace.indexOf('\n', begin);
  const line = trace.slice(begin, Math.min(end < 0 ? trace.length : end, begin + LINE_CHARACTERS_MAX));
  return ERROR.exec(line)?.[1];
}
