import type { Envelope } from './envelope.ts';

const NAME = String.raw`(?:[^\s:]{1,200}?[./](?:log|out|err)(?:[./-][\w.-]{1,100}?)??|[^\s:]{0,200}?/logs?/[^\s:]{1,200}?)`;
/** A rotated file may have a time of day in its name: `api.log.1.2017-05-16_13:53:08`. */
const ROTATED = String.raw`(?:[_T-]\d\d:\d\d(?::\d\d)?)?`;
/** `app.log:12:line`, `app.log:line`; `app.log 2024-05-06 ...` before a date. */
const LINE = new RegExp(`^(${NAME}${ROTATED})(?::(\\d{1,9}):|:| (?=\\[?\\d))(.*)$`, 's');
/** `app.log-12-line` stands beside a match. */
const BESIDE = new RegExp(`^(${NAME}${ROTATED})-(\\d{1,9})-(?!\\d\\d-\\d\\d)(.*)$`, 's');
/** Then the number belongs to a date in the name. */
const YEAR_AT_END = /\d{4}$/;

/** What `grep -H` and `grep -Hn` write before the lines of files. */
export const fileNameEnvelope: Envelope = {
  name: 'grep',
  shareMin: 0.7,
  isWeak: true,
  peel(line) {
    // Between the groups of lines that `grep -C` shows.
    if (line === '--') return { line: '', source: '', outer: {} };
    const m = shorterName(LINE.exec(line), BESIDE.exec(line));
    if (!m) return undefined;
    const [, file, number, rest] = m as unknown as [string, string, string?, string?];
    const attributes = number === undefined ? { file } : { file, fileLine: Number(number) };
    return { line: rest!, source: file, outer: { attributes } };
  },
};

function shorterName(line: RegExpExecArray | null, beside: RegExpExecArray | null): RegExpExecArray | null {
  if (!beside || YEAR_AT_END.test(beside[1]!)) return line;
  return line && line[1]!.length <= beside[1]!.length ? line : beside;
}

const HEADING = /^==> (.{1,300}) <==$/;

/** `==> app.log <==`, which `tail` of several files writes above the lines of each. */
export const headingEnvelope: Envelope = {
  name: 'tail',
  shareMin: 0,
  peel: (line) => (HEADING.test(line) ? { line: '', source: '', outer: {} } : undefined),
  inFile() {
    let file: string | undefined;
    return {
      ...headingEnvelope,
      peel(line) {
        const heading = HEADING.exec(line)?.[1];
        if (heading !== undefined) file = heading;
        if (file === undefined) return undefined;
        return { line: heading === undefined ? line : '', source: file, outer: { attributes: { file } } };
      },
    };
  },
};
