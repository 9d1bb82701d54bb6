import { printable } from '../terminal/printable.ts';
import { ratePerSecond } from '../terminal/progress.ts';
import { count, number } from '../terminal/quantity.ts';
import type { Summary } from './import-log.ts';

interface Finished {
  name: string;
  /** Empty if the file has no record. */
  format: string;
  formatGiven: boolean;
  elapsedMs: number;
  /** The options that shape records. Null without any. */
  options: string | null;
  service: string | undefined;
}

/** What an import stored, and what it understood: a line with the numbers, then a sentence for each thing to know. */
export function summaryLines(summary: Summary, finished: Finished): string[] {
  const { records, duplicates, rejected, rejections } = summary;
  const { name, format, elapsedMs } = finished;
  const took = `${(elapsedMs / 1000).toFixed(1)} s, ${number(ratePerSecond(records, elapsedMs))}/s`;
  return [
    `${printable(name)}: ${count(records, 'record')} stored, ${count(duplicates, 'duplicate')}, ${number(rejected)} rejected (${format || 'empty'}, ${took})`,
    ...[timesText(summary, finished), leftOutText(summary), beforeText(summary, finished)].flatMap((text) =>
      text === null ? [] : `  ${text}`,
    ),
    ...rejections.map(({ line, code, reason }) => `  line ${line}: ${code}: ${printable(reason)}`),
    ...(rejected > rejections.length ? [`  and ${number(rejected - rejections.length)} more`] : []),
  ];
}

function timesText({ timeOfLineBefore, withoutTime }: Summary, { formatGiven }: Finished): string | null {
  const lines = timeOfLineBefore + withoutTime;
  if (lines === 0) return null;
  const parts = [
    ...(timeOfLineBefore > 0 ? [`${number(timeOfLineBefore)} took that of the line before`] : []),
    ...(withoutTime > 0 ? [`${number(withoutTime)} ${withoutTime === 1 ? 'is' : 'are'} stored as of now`] : []),
  ];
  return `${count(lines, 'line')} without a time: ${parts.join(', ')}${formatGiven ? '' : '; try --format'}`;
}

const leftOutText = ({ leftOut }: Summary): string | null =>
  leftOut === 0 ? null : `${count(leftOut, 'record')} outside --since and --until left out`;

/** Other options give the same lines other records, which the server cannot know as the same. */
function beforeText({ records, storedBefore }: Summary, { options, service }: Finished): string | null {
  if (storedBefore > 0) {
    return `${count(storedBefore, 'record')} stored by an earlier import of this file, and not again; --again stores all of them anew`;
  }
  if (options === null || records === 0) return null;
  return (
    `if this file was imported before without ${options}, its records are there twice. \`weir cleanup\` removes the first ones, ` +
    `for example: weir cleanup --before TIME --service ${service === undefined ? 'SERVICE' : 'unknown_service'} --dry-run`
  );
}
