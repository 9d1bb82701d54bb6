const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export const number = (value: number): string => NUMBER.format(value);

/** `1 record`, `1,234 records`. */
export const count = (n: number, noun: string): string => `${number(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Bytes in powers of 1000: `1.2 GB`. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), BYTE_UNITS.length - 1);
  return `${number(bytes / 1000 ** power)} ${BYTE_UNITS[power]}`;
}

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** A duration in its two largest units: `3d 4h`, `5m`, `850 ms`. */
export function span(ms: number): string {
  if (ms < 1000) return `${number(ms)} ms`;
  const largest = DURATION_UNITS.findIndex(([, unit]) => ms >= unit);
  let rest = ms;
  const parts = DURATION_UNITS.slice(largest, largest + 2).map(([name, unit]) => {
    const whole = Math.floor(rest / unit);
    rest -= whole * unit;
    return whole > 0 ? `${whole}${name}` : '';
  });
  return parts.filter(Boolean).join(' ');
}
