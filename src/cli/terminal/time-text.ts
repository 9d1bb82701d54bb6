import { millisOf, type Timestamp } from '../../log/time.ts';

/** The offset of a zone changes only at whole quarters of an hour. */
const QUARTER_MS = 900_000;

/** Shows a time to the millisecond. */
export type TimeText = (timestamp: Timestamp) => string;

export const utcText: TimeText = (timestamp) => `${timestamp.slice(0, 23)}Z`;

/** The zone of `--timezone`. Without it: local time for a person at a terminal, UTC for a file or a program. */
export function timeTextFor(stream: { isTTY?: boolean }, timeZone: string | undefined): TimeText {
  if (timeZone !== undefined) return timeTextIn(timeZone);
  return stream.isTTY ? timeTextIn(Intl.DateTimeFormat().resolvedOptions().timeZone) : utcText;
}

/** Shows times as the clocks of a zone do, with their offset: `2026-11-21T21:06:40.731+01:00`. @throws RangeError no such zone */
export function timeTextIn(timeZone: string): TimeText {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  let known = { quarter: Number.NaN, offset: '' };
  const offsetAt = (ms: number): string => {
    const quarter = Math.floor(ms / QUARTER_MS);
    if (quarter !== known.quarter) {
      const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value;
      known = { quarter, offset: name.slice('GMT'.length) };
    }
    return known.offset;
  };
  return (timestamp) => {
    const ms = Math.floor(millisOf(timestamp));
    const offset = offsetAt(ms);
    if (offset === '' || offset === '+00:00') return utcText(timestamp);
    const [hours, minutes, seconds = 0] = offset.slice(1).split(':').map(Number) as [number, number, number?];
    const offsetMs = ((hours * 60 + minutes) * 60 + seconds) * (offset.startsWith('-') ? -1000 : 1000);
    return `${new Date(ms + offsetMs).toISOString().slice(0, -1)}${offset}`;
  };
}
