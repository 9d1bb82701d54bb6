const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** A text without its escapes, which are as in Go. */
export const goUnescaped = (text: string): string =>
  text.includes('\\')
    ? text.replace(ESCAPE, (whole, x, u, long, octal, letter) => {
        const hex = x ?? u ?? long;
        if (hex !== undefined) return codePoint(Number.parseInt(hex, 16), whole);
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
        return LETTERS[letter as string] ?? letter;
      })
    : text;

const codePoint = (code: number, otherwise: string): string =>
  code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
