import { resolve } from 'node:path';
import { isNetwork } from './access/client-address.ts';
import { hashOf, isKey, prefixOf } from './access/key.ts';
import { parseDuration } from './log/duration.ts';
import { EXTRA_PATTERNS_MAX, extraPatternProblem } from './log/redact/extra-pattern.ts';
import type { Stamp } from './log/stamp.ts';
import { zoneOffset } from './log/time-zone.ts';
import { isSmallNetwork } from './watch/delivery/address-guard.ts';
import { isMailAddress } from './watch/delivery/target.ts';

// How the text of a setting is read: one function for each kind of value.

/** The value of a setting, or what was expected instead. */
export type Read<T> = { value: T } | { expected: string };

export const text = (raw: string): Read<string> => ({ value: raw });

/** A folder, as an absolute path. */
export const folder = (raw: string): Read<string> =>
  /^[a-z][a-z\d+.-]+:\/\//i.test(raw)
    ? {
        expected:
          "a folder (DuckDB's bundled build cannot write to a bucket such as s3 without downloading an extension: mount the bucket)",
      }
    : { value: resolve(raw) };

export const integer =
  (min: number, max: number) =>
  (raw: string): Read<number> =>
    /^\d{1,16}$/.test(raw) && Number(raw) >= min && Number(raw) <= max
      ? { value: Number(raw) }
      : { expected: `a whole number from ${min} to ${max}` };

export const duration = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms ? { value: ms } : { expected: 'a duration such as 30s, 24h or 7d' };
};

const DAY_MS = 86_400_000;
/** Browsers keep a cookie for 400 days at most. */
const COOKIE_DAYS_MAX = 400;

export const cookieDuration = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms && ms >= 1000 && ms <= COOKIE_DAYS_MAX * DAY_MS
    ? { value: ms }
    : { expected: `a duration from 1s to ${COOKIE_DAYS_MAX}d` };
};

/** The longest time that a timer of Node, and a setting of PostgreSQL, can hold. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const timeout = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms && ms >= 1 && ms <= TIMER_MS_MAX ? { value: Math.round(ms) } : { expected: 'a duration from 1ms to 24d' };
};

export const timeZone = (raw: string): Read<string> =>
  zoneOffset(raw) ? { value: raw } : { expected: 'a time zone such as UTC or Europe/Berlin' };

export const yesOrNo = (raw: string): Read<boolean> =>
  ['true', 'false'].includes(raw) ? { value: raw === 'true' } : { expected: 'true or false' };

/** A number of seconds without a unit, in milliseconds: for settings that end in `_SECONDS`, and some older ones. */
export const seconds = (raw: string): Read<number> =>
  /^\d{1,6}(\.\d+)?$/.test(raw) ? { value: Number(raw) * 1000 } : { expected: 'a number of seconds' };

export const oneOf =
  <T extends string>(...values: T[]) =>
  (raw: string): Read<T> =>
    values.includes(raw as T) ? { value: raw as T } : { expected: `one of ${values.join(', ')}` };

export const url =
  (...protocols: string[]) =>
  (raw: string): Read<string> =>
    URL.canParse(raw) && protocols.includes(new URL(raw).protocol) && isPasswordWhole(new URL(raw))
      ? { value: raw }
      : {
          expected: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, with / ? # and % of the password written as %2F %3F %23 %25`,
        };

/** Otherwise a part of the password is read as the name of the database, and shown by messages. */
function isPasswordWhole({ username, password, pathname, search, hash }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname);
  } catch {
    return false;
  }
  return ![pathname, search, hash].some((part) => part.includes('@'));
}

const listOf = (raw: string): string[] =>
  raw
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const HOST_NAME = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/i;

export const hosts = (raw: string): Read<string[]> => {
  const list = listOf(raw).map((host) => host.toLowerCase());
  return list.every((host) => host === '*' || HOST_NAME.test(host))
    ? { value: list }
    : { expected: 'host names such as logs.example.com, without scheme and port, separated by commas' };
};

export const origins = (raw: string): Read<string[]> => {
  const list = listOf(raw);
  return list.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin))
    ? { value: list }
    : { expected: 'origins such as https://logs.example.com, separated by commas' };
};

export const apiKey = (raw: string): Read<{ hash: string; prefix: string }> =>
  isKey(raw)
    ? { value: { hash: hashOf(raw), prefix: prefixOf(raw) } }
    : { expected: 'a whole API key: weir_ and 49 letters and digits, the last six of them a checksum' };

export const networks = (raw: string): Read<string[]> => {
  const list = listOf(raw);
  return list.every(isNetwork)
    ? { value: list }
    : { expected: 'addresses and networks such as 10.0.0.0/8,::1, separated by commas' };
};

/** Hosts and networks that are not public. None may be so large that it allows everything. */
export const privateTargets = (raw: string): Read<string[]> => {
  const list = listOf(raw).map((item) => item.toLowerCase());
  return list.every((item) => (isNetwork(item) ? isSmallNetwork(item) : HOST_NAME.test(item)))
    ? { value: list }
    : {
        expected:
          'host names, addresses and networks such as chat.internal,10.1.0.0/16, separated by commas, no network larger than /8 (IPv6: /7)',
      };
};

/** Where clients find the server: without a slash at its end. */
export const publicUrl = (raw: string): Read<string> => {
  const { protocol = '', username, search, hash, href = '' } = URL.canParse(raw) ? new URL(raw) : {};
  return ['http:', 'https:'].includes(protocol) && !username && !search && !hash
    ? { value: href.replace(/\/+$/, '') }
    : { expected: 'a URL such as https://logs.example.com, without user and query' };
};

export const mailAddress = (raw: string): Read<string> =>
  isMailAddress(raw) ? { value: raw } : { expected: 'an address such as weir@example.com' };

/** Separated by spaces: a regular expression can write a space as `\s`. */
export const patterns = (raw: string): Read<string[]> => {
  const list = raw.split(/\s+/);
  if (list.length > EXTRA_PATTERNS_MAX) return { expected: `at most ${EXTRA_PATTERNS_MAX} regular expressions` };
  for (const source of list) {
    const problem = extraPatternProblem(source);
    if (problem) return { expected: `regular expressions separated by spaces (${source}: ${problem})` };
  }
  return { value: list };
};

/** Names; one with `-` before it is taken out of the list. */
export const names = (raw: string): Read<{ added: string[]; removed: string[] }> => {
  const list = listOf(raw);
  const removed = list.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  return list.every((name) => /^-?[\w.-]+$/.test(name))
    ? { value: { added: list.filter((name) => !name.startsWith('-')), removed } }
    : { expected: 'names such as ssn,pin separated by commas, each with - before it if it is no secret' };
};

const STAMPED = ['service', 'environment', 'deploymentVersion'];

/** `service=jobs,environment=staging` */
export const stamp = (raw: string): Read<Stamp> => {
  const pairs = listOf(raw).map((pair) => pair.split('=', 2) as [string, string | undefined]);
  const said = Object.fromEntries(pairs);
  const isStamp = pairs.length > 0 && pairs.every(([name, value]) => STAMPED.includes(name) && value);
  return isStamp
    ? { value: { service: null, environment: null, deploymentVersion: null, ...said } }
    : { expected: `one or more of ${STAMPED.map((name) => `${name}=...`).join(', ')}, separated by commas` };
};
