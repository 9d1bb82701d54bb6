/** How far the clocks of a time zone are ahead of UTC at an instant. All in milliseconds, whole seconds. */
export type ZoneOffset = (at: number) => number;

/** A time [from, to) during which a zone's clocks are not changed. */
interface Stretch {
  from: number;
  to: number;
  offset: number;
}

const DAY = 86_400_000;
/** The offset is read once for each day, so two changes within a day are seen only if the second does not undo the first. */
const PROBE = DAY;
/** There are some 600 names; upper and lower case are alike. */
const KNOWN_MAX = 1000;

const known = new Map<string, ZoneOffset>();

/** The clocks of an IANA time zone such as `Europe/Berlin`. Undefined for other text. */
export function zoneOffset(name: string): ZoneOffset | undefined {
  const offset = known.get(name) ?? readZone(name);
  if (offset && known.size < KNOWN_MAX) known.set(name, offset);
  return offset;
}

function readZone(name: string): ZoneOffset | undefined {
  // Intl also takes offsets.
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    return format.resolvedOptions().timeZone === 'UTC' ? () => 0 : (at) => offsetIn(format.format(at));
  } catch {
    return undefined;
  }
}

/** The text ends in `GMT`, `GMT+05:45` or `GMT-00:44:30`. */
function offsetIn(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)!;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}

/** Divides [from, to) where the clocks are changed. */
export function* stretches(offsetAt: ZoneOffset, from: number, to: number): Generator<Stretch> {
  let [start, offset] = [from, offsetAt(from)];
  for (let at = from; at < to; ) {
    const next = Math.min(at + PROBE, to);
    if (offsetAt(next) === offset) {
      at = next;
      continue;
    }
    at = changeBetween(offsetAt, at, next);
    yield { from: start, to: at, offset };
    [start, offset] = [at, offsetAt(at)];
  }
  if (start < to) yield { from: start, to, offset };
}

/** The first instant after `before` with another offset. `after` has another. */
function changeBetween(offsetAt: ZoneOffset, before: number, after: number): number {
  const offset = offsetAt(before);
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** The first instant at which the clocks show this day, counted from 1970-01-01, or a later one: a day may be skipped. */
export function startOfDay(offsetAt: ZoneOffset, day: number): number {
  const local = day * DAY;
  for (const { from, to, offset } of stretches(offsetAt, local - DAY, local + DAY)) {
    if (to + offset > local) return Math.max(from, local - offset);
  }
  return local + DAY;
}
