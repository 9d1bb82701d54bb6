import { RARE_IN_ATTRIBUTE, RARE_SUBSTRING, RARE_WORD, type Row } from './rows.ts';

/** A part of many messages. */
export const COMMON_WORD = 'deadline';
export const COMPONENT = 'payment-service';
export const REGION = 'eu-west-1';
const HEX_ID = /\b[0-9a-f]{10}\b/;

/** The rows that a condition selects. */
export interface Match {
  count: number;
  /** The timestamps of the newest ones, at least 200 if there are as many; oldest first. */
  newest: string[];
}

/** What each question must find. */
export interface Expected {
  all: Match;
  matches: Record<Condition, Match>;
  /** By `2026-11-21T20 info`: the hour and the level. */
  perHour: Map<string, number>;
  regions: Map<string, number>;
  /** Drawn from the rows: a chain of the middle, the first row's user, five digits of the first hex id. */
  chain: string;
  user: string;
  digits: string;
}

export type Condition =
  | 'rareWord'
  | 'rareSubstring'
  | 'digits'
  | 'common'
  | 'errors'
  | 'component'
  | 'chain'
  | 'user'
  | 'region'
  | 'inAttribute';

const none = (): Match => ({ count: 0, newest: [] });
const KEPT = 200;

/** Counts the rows one by one, as they are made. `rows`: how many will come. */
export function createExpected(rows: number): { add(row: Row): void; expected: Expected } {
  const expected: Expected = {
    all: none(),
    matches: {
      rareWord: none(),
      rareSubstring: none(),
      digits: none(),
      common: none(),
      errors: none(),
      component: none(),
      chain: none(),
      user: none(),
      region: none(),
      inAttribute: none(),
    },
    perHour: new Map(),
    regions: new Map(),
    chain: '',
    user: '',
    digits: '',
  };
  const conditions: [Match, (row: Row) => boolean][] = (
    [
      ['rareWord', ({ message }) => message.includes(RARE_WORD)],
      ['rareSubstring', ({ message }) => message.includes(RARE_SUBSTRING)],
      ['digits', ({ message }) => expected.digits !== '' && message.includes(expected.digits)],
      ['common', ({ message }) => message.includes(COMMON_WORD)],
      ['errors', ({ errorType }) => errorType !== null],
      ['component', ({ component }) => component === COMPONENT],
      ['chain', ({ correlationId }) => correlationId === expected.chain],
      ['user', ({ userId }) => userId === expected.user],
      ['region', ({ region }) => region === REGION],
      ['inAttribute', ({ attributes }) => attributes.includes(RARE_IN_ATTRIBUTE)],
    ] as [Condition, (row: Row) => boolean][]
  ).map(([name, matches]) => [expected.matches[name], matches]);
  return {
    expected,
    add(row) {
      expected.user ||= row.userId;
      expected.digits ||= digitsOf(row.message);
      if (expected.chain === '' && row.startsChain && expected.all.count >= rows / 2)
        expected.chain = row.correlationId;
      count(expected.all, row);
      for (const [match, matches] of conditions) if (matches(row)) count(match, row);
      increment(expected.perHour, `${row.timestamp.slice(0, 13)} ${row.level}`);
      increment(expected.regions, row.region);
    },
  };
}

/** Five digits of a hex id, with letters and numbers, so that no number and no word contains them. */
function digitsOf(message: string): string {
  const digits = HEX_ID.exec(message)?.[0].slice(2, 7) ?? '';
  return /[a-f]/.test(digits) && /\d/.test(digits) ? digits : '';
}

function count(match: Match, { timestamp }: Row): void {
  match.count++;
  match.newest.push(timestamp);
  if (match.newest.length > 2 * KEPT) match.newest.splice(0, KEPT);
}

const increment = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
