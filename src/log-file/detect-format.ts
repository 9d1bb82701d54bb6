import type { Clock } from './formats/clock.ts';
import type { LogFormat } from './formats/log-format.ts';
import { textFormat } from './formats/text.ts';
import { LOG_FORMATS } from './log-formats.ts';

/** A format must read this share of the lines that could begin a record. */
const SHARE_MIN = 0.2;
/** A format that reads at least this share of what the best one reads is chosen before it, if it is more specific. */
const SPECIFIC_SHARE_MIN = 0.8;

/** The format that reads most of the first lines of a file. `text` if none reads enough of them. */
export function detectFormat(sample: readonly string[], clock: Clock): LogFormat {
  const candidates = sample.filter((line) => line.trim() !== '' && !/^\s/.test(line));
  const counts = LOG_FORMATS.map((format) => {
    const inFile = format.inFile?.() ?? format;
    return sample.filter((line) => inFile.isHead?.(line) || inFile.parse(line, clock) !== undefined).length;
  });
  const most = Math.max(...counts);
  if (most === 0 || most < candidates.length * SHARE_MIN) return textFormat;
  return LOG_FORMATS[counts.findIndex((count) => count >= most * SPECIFIC_SHARE_MIN)]!;
}
