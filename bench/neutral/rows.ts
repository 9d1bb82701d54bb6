import { createRandom, type Random } from '../../src/seed/random.ts';
import { COMPONENTS, ERRORS, MESSAGES, METHODS, REGIONS, TAILS, WORDS } from './vocabulary.ts';

/** In the message of `HITS` rows each, in rows of their own. */
export const RARE_WORD = 'quixotronic';
export const RARE_SUBSTRING = 'zx9qv7';
/** In an attribute of `HITS` other rows. */
export const RARE_IN_ATTRIBUTE = 'plovertine';
export const HITS = 200;
const DAY_US = 86_400_000_000;
const CHAINS_AT_ONCE = 60;
const USERS = 50_000;

export interface Row {
  timestamp: string;
  level: Level;
  component: string;
  message: string;
  correlationId: string;
  /** The first row of its chain. */
  startsChain: boolean;
  userId: string;
  durationMs: number;
  errorType: string | null;
  region: string;
  /** As JSON. */
  attributes: string;
}

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'critical';

export interface Amount {
  rows: number;
  days: number;
  /** Just after the last row. */
  endMs: number;
}

/**
 * Realistic rows that nobody tuned, sorted by time: 372 bytes each as NDJSON, random correlation ids of 4 to 12 rows, 50,000
 * users. The same amount makes the same rows.
 */
export function* makeRows({ rows, days, endMs }: Amount): Generator<Row> {
  const random = createRandom(42);
  const durations = drawDurations(random);
  const rare = rareRows(random, rows);
  const chains = Array.from({ length: CHAINS_AT_ONCE }, () => newChain(random));
  const startUs = endMs * 1000 - days * DAY_US;
  const stepUs = (days * DAY_US) / rows;
  for (let at = 0; at < rows; at++) {
    const slot = random.below(CHAINS_AT_ONCE);
    const chain = chains[slot]!;
    const level = random.pick(LEVELS);
    const isError = level === 'error' || level === 'critical';
    const region = random.pick(REGIONS);
    yield {
      timestamp: timeOf(Math.floor(startUs + (at + random.next()) * stepUs)),
      level,
      component: random.pick(COMPONENTS_DRAWN),
      message: messageOf(random, rare.get(at)),
      correlationId: chain.id,
      startsChain: chain.left === chain.length,
      userId: chain.user,
      durationMs: random.pick(durations),
      errorType: isError ? random.pick(ERRORS) : null,
      region,
      attributes:
        `{"region":"${region}","pod":"${random.pick(PODS)}","status":${isError ? 500 + random.below(5) : 200},` +
        `"attempt":${1 + random.below(3)}${rare.get(at) === RARE_IN_ATTRIBUTE ? `,"note":"ember ${RARE_IN_ATTRIBUTE} lagoon"` : ''}}`,
    };
    if (--chain.left === 0) chains[slot] = newChain(random);
  }
}

const DRAWN = 1 << 16;
const PODS = WORDS.map((word, index) => `${word}-${((index * 7919) % 1_048_576).toString(16).padStart(5, '0')}`);

/** Values to draw from, each as often as its weight. */
function weighted<T>(values: readonly T[], weights: readonly number[]): T[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return values.flatMap((value, index) => Array<T>(Math.round((DRAWN * weights[index]!) / sum)).fill(value));
}

const LEVELS = weighted<Level>(['debug', 'info', 'warn', 'error', 'critical'], [30, 55, 10, 4.5, 0.5]);
const COMPONENTS_DRAWN = weighted(
  COMPONENTS,
  COMPONENTS.map((_, index) => 1 / (index + 1) ** 0.7),
);

const drawDurations = (random: Random): number[] =>
  Array.from({ length: DRAWN }, () => Math.round(random.logNormal(Math.exp(3.2), 1.1) * 100) / 100);

/** Which rows have which rare text. */
function rareRows(random: Random, rows: number): Map<number, string> {
  const rare = new Map<number, string>();
  for (const text of [RARE_WORD, RARE_SUBSTRING, RARE_IN_ATTRIBUTE]) {
    const until = rare.size + HITS;
    while (rare.size < until) {
      const at = random.below(rows);
      if (!rare.has(at)) rare.set(at, text);
    }
  }
  return rare;
}

interface Chain {
  id: string;
  user: string;
  length: number;
  left: number;
}

function newChain(random: Random): Chain {
  const x = random.hex(32);
  const length = 4 + random.below(9);
  return {
    id: `${x.slice(0, 8)}-${x.slice(8, 12)}-4${x.slice(13, 16)}-a${x.slice(17, 20)}-${x.slice(20)}`,
    user: `u_${String(1 + random.below(USERS)).padStart(5, '0')}`,
    length,
    left: length,
  };
}

/** Each message as its texts and, between them, the letters of what is inserted. */
const FORMS = MESSAGES.map((message) => message.split(/\{(\w)\}/));
const SHORT = 85;

function messageOf(random: Random, rare: string | undefined): string {
  let text = '';
  for (const [index, part] of random.pick(FORMS).entries()) text += index % 2 === 0 ? part : inserted(random, part);
  text += random.pick(TAILS);
  if (text.length < SHORT) text += ` (trace ${random.pick(WORDS)} ${random.pick(WORDS)})`;
  if (rare === RARE_WORD) text += ` ${RARE_WORD}`;
  if (rare === RARE_SUBSTRING) text += ` ref=ab${random.hex(2)}${RARE_SUBSTRING}${random.hex(2)}cd`;
  return text;
}

function inserted(random: Random, what: string): string {
  switch (what) {
    case 'w':
      return random.pick(WORDS);
    case 'i':
      return String(1000 + random.below(9_999_000));
    case 'n':
      return String(1 + random.below(64));
    case 'h':
      return random.hex(10);
    default:
      return random.pick(METHODS);
  }
}

let second = -1;
let secondText = '';

function timeOf(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  if (seconds !== second) {
    second = seconds;
    secondText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  return `${secondText}.${String(us % 1_000_000).padStart(6, '0')}Z`;
}
