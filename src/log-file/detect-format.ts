import { withoutAnsi } from './envelopes/ansi.ts';
import type { Envelope } from './envelopes/envelope.ts';
import { bareLine, ENVELOPES } from './envelopes/peeling.ts';
import type { Clock } from './formats/clock.ts';
import { plainDatedFormat } from './formats/dated.ts';
import type { LogFormat } from './formats/log-format.ts';
import { syslogFormat } from './formats/syslog.ts';
import { textFormat } from './formats/text.ts';
import { LOG_FORMATS } from './log-formats.ts';
import { isTraceLine } from './traces/trace-lines.ts';

/** How a log file writes its records. */
export interface Layout {
  /** Around the lines of the programs, the outermost first. */
  envelopes: readonly Envelope[];
  /** What most lines of a source are. A source that the first lines do not have is undefined. */
  formats: ReadonlyMap<string, LogFormat>;
  /** For people. */
  name: string;
}

/** Envelopes inside one another. */
const DEPTH_MAX = 4;
/** A format must read this share of the lines that could begin a record. */
const SHARE_MIN = 0.2;
/** The same for a format that reads the first line, and others: long statements and dumps may follow each line. */
const SHARE_MIN_FROM_FIRST = 0.02;
/** A format that reads at least this share of what the best one reads is chosen before it, if it is more specific. */
const SPECIFIC_SHARE_MIN = 0.8;

/** The envelopes and formats of a file that begins with these lines. @param given the format that the user names */
export function detectLayout(sample: readonly string[], clock: Clock, given?: LogFormat): Layout {
  const lines = sample.filter((line) => line.trim() !== '').map(withoutAnsi);
  const envelopes = detectEnvelopes(lines, clock, given);
  const inFile = envelopes.map((envelope) => envelope.inFile?.() ?? envelope);
  const bySource = new Map<string, string[]>();
  for (const line of sample) {
    const { text, source } = bareLine(line, inFile, clock);
    const before = bySource.get(source);
    if (before) before.push(text);
    else bySource.set(source, [text]);
  }
  const formats = new Map(Array.from(bySource, ([source, texts]) => [source, given ?? detectFormat(texts, clock)]));
  const names = Array.from(new Set(Array.from(formats.values(), ({ name }) => name))).slice(0, NAMES_MAX);
  return { envelopes, formats, name: [...envelopes.map(({ name }) => `${name} lines of `), listed(names)].join('') };
}
const NAMES_MAX = 3;

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? textFormat.name) : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** @param sample without blank lines */
function detectEnvelopes(sample: readonly string[], clock: Clock, given: LogFormat | undefined): Envelope[] {
  const found: Envelope[] = [];
  let lines = sample;
  while (found.length < DEPTH_MAX && lines.length > 0) {
    const outermost = ENVELOPES.find(
      (envelope) => !found.includes(envelope) && isAround(lines, envelope, clock, given),
    );
    if (!outermost) break;
    found.push(outermost);
    const inFile = [outermost.inFile?.() ?? outermost];
    lines = lines.map((line) => bareLine(line, inFile, clock).text).filter((line) => line.trim() !== '');
  }
  return found;
}

function isAround(lines: readonly string[], envelope: Envelope, clock: Clock, given: LogFormat | undefined): boolean {
  const { first, shareMin, isWeak } = envelope;
  const count = lines.filter((line) => (first?.test(line[0]!) ?? true) && envelope.peel(line, clock)).length;
  if (count === 0 || count < lines.length * shareMin) return false;
  if (given) return lines.filter((line) => given.parse(line, clock)).length < count;
  return !isWeak || !isReadWhole(lines, clock);
}

/** Formats that also read lines which are something else inside. */
const GENERAL: ReadonlySet<LogFormat> = new Set([textFormat, plainDatedFormat, syslogFormat]);

/** Whether a format of programs reads most of these lines: then nothing stands around them. */
function isReadWhole(lines: readonly string[], clock: Clock): boolean {
  const format = detectFormat(lines, clock);
  if (GENERAL.has(format)) return false;
  return lines.filter((line) => format.parse(line, clock)).length >= lines.length * SPECIFIC_SHARE_MIN;
}

/** The format that reads most of the lines of a program. `text` if none reads enough of them. */
export function detectFormat(sample: readonly string[], clock: Clock): LogFormat {
  const lines = sample.filter((line) => line.trim() !== '');
  const candidates = lines.filter((line) => !/^\s/.test(line) && !isTraceLine(line));
  const counts = countsOf(lines, clock);
  const most = Math.max(...counts.map(({ all }) => all));
  if (most === 0) return textFormat;
  const good = counts.filter(({ all }) => all >= most * SPECIFIC_SHARE_MIN);
  const mostOwn = Math.max(...good.map(({ own }) => own));
  const best = mostOwn > 0 ? good.find(({ own }) => own >= mostOwn * SPECIFIC_SHARE_MIN)! : good.at(-1)!;
  const shareMin = best.readsFirst && best.all > 1 ? SHARE_MIN_FROM_FIRST : SHARE_MIN;
  return best.all < candidates.length * shareMin ? textFormat : best.format;
}

interface Count {
  format: LogFormat;
  /** How many lines the format reads, and how many it or what it has besides reads. */
  own: number;
  all: number;
  readsFirst: boolean;
}

/** @param lines without blank ones */
function countsOf(lines: readonly string[], clock: Clock): Count[] {
  const known = new Map<LogFormat, boolean[]>();
  const readOf = (format: LogFormat): boolean[] => {
    const read = known.get(format) ?? lines.map(readerOf(format, clock));
    known.set(format, read);
    return read;
  };
  return LOG_FORMATS.map((format) => {
    const own = readOf(format);
    const besides = format.besides && readOf(format.besides);
    const all = besides ? own.map((isRead, at) => isRead || besides[at]!) : own;
    return { format, own: trues(own), all: trues(all), readsFirst: all[0] ?? false };
  });
}

const trues = (values: readonly boolean[]): number => values.filter(Boolean).length;

function readerOf(format: LogFormat, clock: Clock): (line: string) => boolean {
  const { first } = format;
  const inFile = format.inFile?.() ?? format;
  return (line) =>
    (first?.test(line[0]!) ?? true) && (inFile.isHead?.(line) || inFile.parse(line, clock) !== undefined);
}
