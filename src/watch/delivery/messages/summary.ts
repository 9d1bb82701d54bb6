import type { Notification, SampleRecord } from '../../../db/alerts/deliveries.ts';
import type { Timestamp } from '../../../log/time.ts';

/** What a notification says to people. Each text is one line of bounded length, and may hold logged text. */
export interface Summary {
  kind: 'FIRED' | 'RESOLVED' | 'TRIAL';
  alert: string;
  facts: string[];
  sample: string[];
}

const QUERY_LENGTH_MAX = 300;
const MESSAGE_LENGTH_MAX = 300;
const NAME_LENGTH_MAX = 100;

export function summaryOf({ alert, search, event, sample }: Notification): Summary {
  const looked = `Search "${oneLine(search.name, NAME_LENGTH_MAX)}": ${oneLine(search.query, QUERY_LENGTH_MAX)}`;
  return {
    kind: event?.kind ?? 'TRIAL',
    alert: oneLine(alert.name, NAME_LENGTH_MAX),
    facts: event
      ? [valueText(alert, event.value), `${shortTime(event.range.from)} to ${shortTime(event.range.to)}`, looked]
      : ['This is a trial: somebody tests where notifications of this alert go. Nothing happened.', looked],
    sample: sample.map(sampleText),
  };
}

/** `57 records, threshold 50` */
function valueText({ measure, threshold }: Notification['alert'], value: number | null): string {
  const number = value === null ? 'no' : String(Number(value.toPrecision(6)));
  const limit = threshold === null ? '' : `, threshold ${threshold}`;
  switch (measure) {
    case 'COUNT':
    case 'ABSENCE':
      return `${number} records${limit}`;
    case 'ERROR_RATE':
      return `${value === null ? 'too few records' : `error rate ${number}`}${limit}`;
    case 'NEW_ERROR':
      return `${number} new groups of errors`;
    case 'LLM_COST_USD':
      return `${number} USD${limit}`;
  }
}

const sampleText = ({ timestamp, level, service, message }: SampleRecord): string =>
  `${shortTime(timestamp)} ${level} ${oneLine(service, NAME_LENGTH_MAX)}: ${oneLine(message, MESSAGE_LENGTH_MAX)}`;

/** To the second. */
const shortTime = (timestamp: Timestamp): string => `${timestamp.slice(0, 19)}Z`;

/** Line breaks, terminal codes, and marks that turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** The text on one line, cut with an ellipsis at `lengthMax`. */
export function oneLine(text: string, lengthMax: number): string {
  const line = text.replace(UNPRINTABLE, ' ').trim();
  return line.length <= lengthMax ? line : `${line.slice(0, lengthMax - 1).toWellFormed()}…`;
}
