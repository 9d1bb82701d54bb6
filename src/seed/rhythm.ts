const HOUR_MS = 3_600_000;
const HOURS_A_DAY = 24;
/** In UTC. */
const BUSIEST_HOUR = 14;

export interface Span {
  fromMs: number;
  toMs: number;
}

/** How busy a time is: most at 14:30 UTC, four times as much as twelve hours earlier. */
const busyness = (atMs: number): number =>
  1 + 0.6 * Math.cos(((atMs / HOUR_MS - BUSIEST_HOUR - 0.5) / HOURS_A_DAY) * 2 * Math.PI);

/** The time by which a share (0 to 1) of a span's records has happened, by the rhythm of the day. In ms since 1970. */
export function createRhythm({ fromMs, toMs }: Span): (share: number) => number {
  const hours = Math.ceil((toMs - fromMs) / HOUR_MS);
  const ends = new Float64Array(hours + 1);
  for (let hour = 0; hour < hours; hour++) {
    const begin = fromMs + hour * HOUR_MS;
    const length = Math.min(HOUR_MS, toMs - begin);
    ends[hour + 1] = ends[hour]! + length * busyness(begin + length / 2);
  }
  const total = ends[hours]!;
  return (share) => {
    const wanted = share * total;
    const hour = lastAtMost(ends, wanted, hours - 1);
    const fraction = (wanted - ends[hour]!) / (ends[hour + 1]! - ends[hour]!);
    const begin = fromMs + hour * HOUR_MS;
    return begin + fraction * Math.min(HOUR_MS, toMs - begin);
  };
}

/** The index (at most `last`) of the last value that is at most `wanted`. `values` ascend. */
function lastAtMost(values: Float64Array, wanted: number, last: number): number {
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle]! <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The busiest hour of a span's middle day, or the span's middle hour if it does not contain that hour. */
export function busiestHour({ fromMs, toMs }: Span): Span {
  const middle = (fromMs + toMs) / 2;
  const day = HOURS_A_DAY * HOUR_MS;
  const hour = Math.floor(middle / day) * day + BUSIEST_HOUR * HOUR_MS;
  const begin = hour >= fromMs && hour + HOUR_MS <= toMs ? hour : middle - HOUR_MS / 2;
  return { fromMs: begin, toMs: begin + HOUR_MS };
}
