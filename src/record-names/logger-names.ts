import { parseDuration } from '../log/duration.ts';
import { isSeverityNumber, severityOfLevelValue, severityOfPriorityValue } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import { SENDER_NAMES } from '../log/sender-names.ts';
import { parseTimestamp, timestampFromEpoch, timestampFromMs } from '../log/time.ts';
import { parseUid } from '../log/uid.ts';

export type Field = Exclude<keyof Draft, 'attributes' | 'llm'>;
export type Value = string | number;
/** Reads a value into its stored form. Undefined if it cannot: then the value stays in `attributes`. */
type Reader = (value: unknown) => Value | undefined;

/** The field that a name means. If two names mean the same field, the lower rank wins, and the other value stays in `attributes`. */
export interface Name {
  field: Field;
  read: Reader;
  rank: number;
}

/** The names that are known in one object, and in the objects inside it. */
export interface Names {
  here: Map<string, Name>;
  inside: Map<string, Names>;
}

const DIGITS = /^\s*-?\d+(\.\d+)?\s*$/;
/** A smaller number (in seconds: before 1973) is not the time of a log, but a count or a length. */
const EPOCH_MIN = 100_000_000;
const isEpochMs = (value: number): boolean => Number.isInteger(value) && value >= 1e11 && value < 1e14;

const text: Reader = (value) =>
  typeof value === 'string' ? value || undefined : typeof value === 'number' ? String(value) : undefined;

const message: Reader = (value) =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

/** Text of several lines, as a string or as a list. It is for names that may also hold a short text, which is no stack trace. */
const lines: Reader = (value) => {
  const joined = trace(value);
  return typeof joined === 'string' && joined.includes('\n') ? joined : undefined;
};

const trace: Reader = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string')
    ? value.join('\n')
    : typeof value === 'string' && value !== ''
      ? value
      : undefined;

const uid: Reader = (value) => (typeof value === 'string' ? parseUid(value) : undefined);

/** A time without a zone is UTC: Python's `isoformat()` of a naive datetime writes none. */
const timestamp: Reader = (value) => {
  if (typeof value === 'string') {
    return parseTimestamp(value) ?? (DIGITS.test(value) ? epoch(value) : parseTimestamp(`${value}Z`));
  }
  if (typeof value !== 'number') return undefined;
  return isEpochMs(value) ? timestampFromMs(value) : epoch(value);
};
const epoch = (value: string | number): string | undefined =>
  Number(value) >= EPOCH_MIN ? timestampFromEpoch(value) : undefined;

const number: Reader = (value) => {
  const read = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};

const severityNumber: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' && isSeverityNumber(read) ? read : undefined;
};
const httpStatus: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' && Number.isInteger(read) && read >= 100 && read <= 599 ? read : undefined;
};

const durationMs: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' ? (read >= 0 ? read : undefined) : duration(value);
};
/** `1.5s`. A number alone is not accepted, because its unit is unknown. */
const duration: Reader = (value) => (typeof value === 'string' ? parseDuration(value.trim()) : undefined);

/** How the values of a field are read. */
const READERS: Readonly<Record<Field, Reader>> = {
  uid,
  timestamp,
  severityNumber,
  message,
  service: text,
  component: text,
  action: text,
  host: text,
  environment: text,
  deploymentVersion: text,
  correlationId: text,
  traceId: text,
  spanId: text,
  pipelineId: text,
  userId: text,
  durationMs,
  errorType: text,
  stackTrace: trace,
  httpMethod: text,
  httpPath: text,
  httpStatus,
  httpUserAgent: text,
  httpClientIp: text,
};

/** How values are read under names that say less than the field's own. */
const READERS_AS = {
  level: severityOfLevelValue,
  priority: severityOfPriorityValue,
  duration,
  lines,
} as const satisfies Record<string, Reader>;

export const NAMES: Names = namesOf(SENDER_NAMES);

function namesOf(table: typeof SENDER_NAMES): Names {
  const root: Names = { here: new Map(), inside: new Map() };
  let rank = 0;
  for (const { field, as, names } of table) {
    const read = as ? READERS_AS[as] : READERS[field];
    for (const name of names.split(' ')) {
      rank++;
      for (const spelling of spellings(name)) {
        const entry = { field, read, rank };
        enter(root, [spelling], entry);
        enter(root, spelling.split('.'), entry);
      }
    }
  }
  return root;
}

function enter(names: Names, path: readonly string[], name: Name): void {
  const [key, ...deeper] = path as [string, ...string[]];
  if (deeper.length === 0) {
    if (!names.here.has(key)) names.here.set(key, name);
    return;
  }
  const inside = names.inside.get(key) ?? { here: new Map(), inside: new Map() };
  names.inside.set(key, inside);
  enter(inside, deeper, name);
}

function spellings(name: string): string[] {
  if (/[A-Z@-]/.test(name)) return [name];
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (name.includes('.')) return [name, camel];
  return [name, camel, camel[0]!.toUpperCase() + camel.slice(1), name.replaceAll('_', '-')];
}
