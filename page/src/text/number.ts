/** Numbers as people read them, in English as the rest of the page. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const CENTS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const SMALL_USD = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 2,
});
/** Below this, cents say too little: a call costs parts of a cent. */
const SMALL_USD_BELOW = 0.1;

/** `1,234,567`: every digit, for counts that people compare. */
export const countText = (count: number): string => WHOLE.format(count);

/** `1.2M`, `34.5K`, `120`: where there is little room. */
export const shortCount = (count: number): string => SHORT.format(count);

/** `12.5%` of a share from 0 to 1. */
export const percentText = (share: number): string => PERCENT.format(share);

/** `$1,234.50`; below ten cents with two significant digits: `$0.0012`. */
export const usdText = (usd: number): string =>
  usd === 0 || Math.abs(usd) >= SMALL_USD_BELOW ? CENTS.format(usd) : SMALL_USD.format(usd);

/** `1 record`, `1,234 records`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;
