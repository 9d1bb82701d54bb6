export const NEWLINE = 0x0a;

/** Lines in a buffer whose last line has its newline. */
export function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at !== -1; at = lines.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Where to cut whole lines so that at most `bytesMax` come before the cut. After the first line, if that is longer. */
export function cutAt(lines: Buffer, bytesMax: number): number {
  if (lines.length <= bytesMax) return lines.length;
  const before = bytesMax > 0 ? lines.lastIndexOf(NEWLINE, bytesMax - 1) : -1;
  return (before === -1 ? lines.indexOf(NEWLINE, Math.max(0, bytesMax)) : before) + 1;
}

/** The lines in two halves of about the same size. Undefined if there is only one line. */
export function halves(lines: Buffer): [Buffer, Buffer] | undefined {
  const at = cutAt(lines, lines.length >> 1);
  return at === lines.length ? undefined : [lines.subarray(0, at), lines.subarray(at)];
}

/** Each JSON object with one more field in front. */
export const withField = (lines: Buffer, field: string): Buffer =>
  Buffer.from(lines.toString().replace(/^\{/gm, `{${field},`));

/** A level of error and above, as a number of pino or a word. It may find more than there is, which costs one early batch. */
const URGENT = /"(?:level|severity)":(?:[5-9]\d|[1-9]\d\d|"(?:err|fatal|crit|alert|emerg|panic))/i;

/** Whether lines should be sent at once. Looks for the text alone: no line is parsed. */
export const isUrgent = (lines: string): boolean => URGENT.test(lines);
