const CHARS_MAX = 300;
const COLOURS = /\u001b\[[\d;]*[A-Za-z]/g;

/** The beginning of a message where there is room for one line: a message may have megabytes. Without colours of terminals. */
export function firstLine(message: string): string {
  const head = message
    .slice(0, 4 * CHARS_MAX)
    .replace(COLOURS, '')
    .trimStart();
  const line = /^[^\r\n]*/.exec(head)![0];
  const short = line.slice(0, CHARS_MAX);
  return short.length < line.length || line.length < head.trimEnd().length || message.length > 4 * CHARS_MAX
    ? `${short} …`
    : short;
}
