import { isCardNumber } from './card-number.ts';
import { PROVIDER_RULES } from './provider-rules.ts';
import type { Rule } from './rule.ts';
import type { KindOfKey } from './secret-keys.ts';

/** Three parts of base64url, of which the first two begin as JSON objects do. An encrypted one has five. */
const JWT = /^eyJ[\w-]{5,}\.(?:eyJ[\w-]{5,}\.[\w-]*|[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+)\.?$/;
/** Headers of HTTP, in which tokens travel, are shorter. */
const JWT_LENGTH_MAX = 64 * 1024;
/** `"key": 4111111111111111`: a JSON number. `0.4111111111111111`: a fraction. `blk_-4111111111111111`: a negative number. */
const BEFORE_CHARACTERS = 12;
const BEFORE_NUMBER = /(?:":\s{0,8}|\d\.|-)$/;
/** Any character of a name after one that begins a parameter. */
const OF_QUERY = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
  .filter((c) => /[\w.-]/.test(c))
  .flatMap((c) => [`?${c}`, `&${c}`, `;${c}`, `#${c}`]);

/** All that is searched for in text, in this order. `kindOf`: the secret keys. */
export const textRules = (kindOf: KindOfKey): Rule[] => [
  {
    kind: 'private-key',
    // To its end, or to the end of the text: a block may be cut.
    pattern:
      /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----END))*(?:-----END [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
    pairs: ['--'],
  },
  {
    kind: 'authorization',
    pattern:
      /(\b(?:proxy-)?authorization\\?["']?[:=\s[]*\\?["']?)(?:(?:bearer|basic|digest|token|apikey|negotiate|ntlm|hmac|aws4-hmac-sha256)\s+[^\r\n"'\\]+|[\w.~+/=-]{16,})/gi,
    pairs: ['za', 'ZA'],
    isSecret: (match, kept) => /[:=]/.test(kept) && (/\s/.test(match.slice(kept.length)) || /\d/.test(match)),
  },
  {
    kind: 'cookie',
    pattern: /(\b(?:set-)?cookie\\?["']?[:\s[]*\\?["']?)[^\s"'=;\\:[]+=[^\r\n"'\\]+/gi,
    pairs: ['ki', 'KI'],
    isSecret: (_match, kept) => kept.includes(':'),
  },
  {
    kind: 'bearer',
    pattern: /(\bBearer +)[\w.~+/-]{20,}=*/gi,
    pairs: ['Be', 'BE'],
    isSecret: (match) => /\d/.test(match),
  },
  {
    kind: 'jwt',
    pattern: /\beyJ[\w.-]{16,}/g,
    pairs: ['yJ'],
    isSecret: (match) => match.length <= JWT_LENGTH_MAX && JWT.test(match),
  },
  // The password alone: `postgres://user:[redacted:password]@host`. Its own `@` may be written as it is: the last one counts.
  { kind: 'password', pattern: /(\/\/[^\s/?#@:"'<>]*:)[^\s/?#"'<>]+(?=@)/g, pairs: ['//'] },
  ...PROVIDER_RULES,
  {
    kind: 'card',
    // The groups that are printed on cards, or none. Longer ones without groups are ids of 64 bits.
    pattern:
      /\b(?:\d{14,16}|\d{4}(?:-\d{4}){3}(?:-\d{3})?|\d{4}(?: \d{4}){3}(?: \d{3})?|\d{4}[ -]\d{6}[ -]\d{4,5})\b(?!\.\d)/g,
    pairs: 'digits',
    isSecret: (match, _kept, text, at) =>
      isCardNumber(match) && !BEFORE_NUMBER.test(text.slice(Math.max(0, at - BEFORE_CHARACTERS), at)),
  },
  {
    // `?token=...` and `#token=...` of a URL; of a form, also as its first field; `;Password=...` of JDBC and ODBC.
    kind: 'query',
    pattern: /((?:^|[?&;#])[\w.-]{1,64}=)[^&;\s"'<>#\\]+/g,
    pairs: OF_QUERY,
    isSecret: (_match, kept) => kindOf(kept.replace(/^[?&;#]/, '').slice(0, -1)),
  },
  // `"token": "..."` in text, cut at its end or not; in single quotes; as JSON within JSON.
  { ...pair(kindOf), pattern: /("[\w.-]{1,64}":\s{0,8}")(?:[^"\\]|\\[\s\S])+/g, pairs: ['":'] },
  { ...pair(kindOf), pattern: /('[\w.-]{1,64}':\s{0,8}')(?:[^'\\]|\\[\s\S])+/g, pairs: ["':"] },
  { ...pair(kindOf), pattern: /(\\"[\w.-]{1,64}\\":\s{0,8}\\")(?:\\\\\\"|[^"\\]|\\[^"])+/g, pairs: ['":'] },
];

/** `password` of `"password": "`, with or without backslashes. */
function nameIn(kept: string): string {
  const begin = kept.startsWith('\\') ? 2 : 1;
  return kept.slice(begin, kept.indexOf(':') - begin);
}

const pair = (kindOf: KindOfKey): Pick<Rule, 'kind' | 'isSecret'> => ({
  kind: 'pair',
  isSecret: (_match, kept) => kindOf(nameIn(kept)),
});
