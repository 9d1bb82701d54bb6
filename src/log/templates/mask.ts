/** Stands in a template for what varies. */
export const WILDCARD = '<*>';

/** A URL, or a run of the characters that values consist of, with the query of a URL. */
const RUN = /[a-z][a-z\d+.-]*:\/\/[^\s"'<>]+|[\w.:/\\@%+~-]+(?:\?\w[^\s"'<>]*)?/gi;
/** A quoted text, or a run. A quote that is never closed reaches to the end. An apostrophe within a word is no quote. */
const QUOTED_OR_RUN = new RegExp(String.raw`"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|\B'[^']*'\B|${RUN.source}`, 'gi');

/** What begins the request line in an access log: it is no value. */
const REQUEST = /^"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /;
/** After the key of a JSON object. */
const AFTER_KEY = /\s{0,8}:/y;

/** All others are words: most runs. */
const MAY_VARY = /[\d/\\@]/;
const URL = /^[a-z][a-z\d+.-]*:\/\//i;
/** `/etc/hosts`, `./a`, `~/a`, `C:\a`, `\\host\a`, `a/b/c`; not `and/or`. */
const PATH = /^(?:[.~]{0,2}\/|[a-z]:[\\/]|\\\\)[\w.]|^[^/]+\/[^/]+\//i;
const EMAIL = /^[^@]+@[^@]+\.[a-z]+$/i;
/** Numbers, with a unit or without; versions, IPv4 addresses with a port, dates and times. */
const NUMBER = /^[-+]?\.?\d[\d.:+/-]*(?:T[\d.:]+(?:Z|[-+][\d:]+)?|e[-+]?\d+|%|[a-z]{1,4})?$/i;
const HEX = /^(?:0x[\da-f]+|[\da-f]{6,}|[\da-f]{8}-[\da-f-]{27})$/i;
/** MAC and IPv6 addresses. */
const COLONS = /^[\da-f]*:[\da-f]*:[\da-f:.]*$/i;
/** In a word: `core.862`, `task_12_3`, `user8643979`. A short number beside letters may be part of a name: `sha256`. */
const NUMBER_IN_WORD = /(^|[._-])\d+(?=[._-]|$)|\d{6,}/g;

/**
 * Replaces what surely varies from record to record: numbers, ids, hex, addresses, times, paths and quoted texts. It knows no
 * format of logs. All other characters stay as they are.
 */
export const masked = (text: string): string =>
  text.replace(QUOTED_OR_RUN, (part, at: number) => {
    const quote = part[0]!;
    if (quote !== '"' && quote !== "'") return maskedRun(part);
    return isValue(part, text, at) ? quote + WILDCARD + quote : part.replace(RUN, maskedRun);
  });

function isValue(quoted: string, text: string, at: number): boolean {
  if (quoted.length === 1 || !quoted.endsWith(quoted[0]!) || REQUEST.test(quoted)) return false;
  AFTER_KEY.lastIndex = at + quoted.length;
  return !AFTER_KEY.test(text);
}

function maskedRun(run: string): string {
  if (!MAY_VARY.test(run)) return run;
  if (URL.test(run)) return WILDCARD;
  const end = endOfCore(run);
  const core = run.slice(0, end);
  if (isVariable(core)) return WILDCARD + run.slice(end);
  const parts = core.split(/([:@?&=])/).map(maskedPart);
  return parts.join('') + run.slice(end);
}

/** A sentence may end after it. */
function endOfCore(run: string): number {
  let end = run.length;
  while (end > 0 && '.:'.includes(run[end - 1]!)) end--;
  return end;
}

/** Of `uid:1000` or `Object@1f2e3d`. */
const maskedPart = (part: string): string =>
  isNumber(part) ? WILDCARD : part.replace(NUMBER_IN_WORD, (_, before = '') => before + WILDCARD);

const isVariable = (text: string): boolean =>
  isNumber(text) || PATH.test(text) || EMAIL.test(text) || COLONS.test(text);

/** A word like `facade` has only letters of hex. */
const isNumber = (text: string): boolean => NUMBER.test(text) || (HEX.test(text) && /\d/.test(text));
