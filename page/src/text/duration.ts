/** Lengths of time as people read them. All in milliseconds. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.35 ms`, `42 ms`, `1.25 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function durationText(ms: number): string {
  if (ms < 1) return `${round(ms, 2)} ms`;
  if (ms < SECOND) return `${round(ms, ms < 10 ? 1 : 0)} ms`;
  if (ms < MINUTE) return `${round(ms / SECOND, ms < 10 * SECOND ? 2 : 1)} s`;
  if (ms < HOUR) return two(Math.round(ms / SECOND), 60, 'min', 's');
  if (ms < DAY) return two(Math.round(ms / MINUTE), 60, 'h', 'min');
  return two(Math.round(ms / HOUR), 24, 'd', 'h');
}

/** How long ago an instant was: `just now`, `40 s ago`, `3 h ago`. Of one unit: it is read at a glance. */
export function agoText(at: number, now: number): string {
  const ms = now - at;
  if (ms < SECOND) return 'just now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s ago`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  return ms < DAY ? `${Math.floor(ms / HOUR)} h ago` : `${Math.floor(ms / DAY)} d ago`;
}

const round = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

function two(count: number, ratio: number, large: string, small: string): string {
  const rest = count % ratio;
  return `${Math.floor(count / ratio)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
