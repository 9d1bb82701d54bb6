/** Never negative, and a multiple of a microsecond. */
export type Milliseconds = number;

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Units from the largest to the smallest, as Go writes them: `1h30m`, `1m0.5s`. */
const SHORT =
  /^(?=.)(?:\d+(?:\.\d+)?w)?(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m)?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?(?:\d+(?:\.\d+)?[uµ]s)?$/;
const SHORT_PART = /(\d+(?:\.\d+)?)([a-zµ]+)/gy;
const ISO =
  /^P(?=.)(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=.)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/i;
/** 9999 years: from the first `Timestamp` to the last. */
const MS_MAX = 3_652_059 * 86_400_000;

/** Reads `500ms`, `15m`, `24h`, `7d`, `1h30m`, or ISO 8601 without years and months. Undefined for other text, or if it is too long. */
export function parseDuration(text: string): Milliseconds | undefined {
  const ms = SHORT.test(text) ? shortMs(text) : isoMs(text);
  return ms === undefined || ms > MS_MAX ? undefined : Math.round(ms * 1000) / 1000;
}

const shortMs = (text: string): Milliseconds =>
  Array.from(text.matchAll(SHORT_PART)).reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0);

function isoMs(text: string): Milliseconds | undefined {
  const m = ISO.exec(text);
  if (!m) return undefined;
  const units = [UNIT_MS.w, UNIT_MS.d, UNIT_MS.h, UNIT_MS.m, UNIT_MS.s] as number[];
  return units.reduce((sum, unit, i) => sum + Number((m[i + 1] ?? '0').replace(',', '.')) * unit, 0);
}

/** ISO 8601 in the largest units: `P1D`, `PT5M`, `P1DT2H`, `PT0.5S`, `PT0S`. */
export function formatDuration(ms: Milliseconds): string {
  let rest = Math.round(ms * 1000) / 1000;
  const take = (unit: number): number => {
    const whole = Math.floor(rest / unit);
    rest = Math.round((rest - whole * unit) * 1000) / 1000;
    return whole;
  };
  const [d, h, m] = [take(86_400_000), take(3_600_000), take(60_000)];
  const s = Math.round(rest * 1000) / 1_000_000;
  const time = `${h ? `${h}H` : ''}${m ? `${m}M` : ''}${s ? `${plain(s)}S` : ''}`;
  return d || time ? `P${d ? `${d}D` : ''}${time ? `T${time}` : ''}` : 'PT0S';
}

/** Without zeros at its end. The numbers are small, so that there is no exponent. */
const plain = (n: number): string => String(Number(n.toFixed(6)));
