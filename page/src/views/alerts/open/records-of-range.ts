import { urlWith } from '../../../state/url.ts';

/** Without digits that are 0, as the page writes times in its URL. */
const short = (time: string): string => time.replace(/\.0+Z$/, 'Z');

/** The records view with the records of one window, and with one of them open. */
export const recordsOfRange = (query: string, { from, to }: { from: string; to: string }, record?: string): string =>
  urlWith({ view: undefined, alert: undefined, record, q: query, last: undefined, from: short(from), to: short(to) });
