/** One character of the input that a pattern reads. */
interface One {
  type: 'one';
  test(character: string): boolean;
}

/** The pieces of a regular expression. */
export type Piece =
  | One
  | { type: 'all'; pieces: Piece[] }
  | { type: 'any'; options: Piece[] }
  | { type: 'repeat'; piece: Piece; min: number; max: number; lazy: boolean }
  | { type: 'look'; piece: Piece; negative: boolean }
  | { type: 'place'; test(text: string, at: number): boolean };

const isWord = (text: string, at: number): boolean => /\w/.test(text[at] ?? ' ');
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})(\??)/y;
/** A class, an escape, or a character that means itself. */
const ONE = /\[(?:[^\]\\]|\\[\s\S])*\]|\\(?:u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|p\{[^}]*\}|[^1-9])|[^\\()[|]/iy;

/** Reads the pieces of a pattern. It knows the syntax that this repository uses, and rejects other syntax. */
export function piecesOf({ source, flags }: RegExp): Piece {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) at += match[0].length;
    return match;
  };
  function options(): Piece {
    const read = [sequence()];
    while (take(/\|/y)) read.push(sequence());
    return read.length === 1 ? read[0]! : { type: 'any', options: read };
  }
  function sequence(): Piece {
    const pieces: Piece[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') pieces.push(quantified(piece()));
    return { type: 'all', pieces };
  }
  function group(close: Piece): Piece {
    if (!take(/\)/y)) throw new Error(`no end of a group: ${source}`);
    return close;
  }
  function piece(): Piece {
    const look = take(/\(\?([=!])/y);
    if (look) return group({ type: 'look', piece: options(), negative: look[1] === '!' });
    if (take(/\((?:\?:|\?<\w+>|(?!\?))/y)) return group(options());
    if (take(/\^/y)) return { type: 'place', test: (_text, place) => place === 0 };
    if (take(/\$/y)) return { type: 'place', test: (text, place) => place === text.length };
    if (take(/\\B/y)) return { type: 'place', test: (text, place) => isWord(text, place - 1) === isWord(text, place) };
    if (take(/\\b/y)) return { type: 'place', test: (text, place) => isWord(text, place - 1) !== isWord(text, place) };
    const one = take(ONE)?.[0];
    if (one === undefined || flags.includes('m')) throw new Error(`unknown syntax at ${at}: ${source}`);
    const single = new RegExp(`^${one}$`, flags.replace(/[^isu]/g, ''));
    const known = new Map<string, boolean>();
    return {
      type: 'one',
      test(character) {
        let is = known.get(character);
        if (is === undefined) {
          is = single.test(character);
          known.set(character, is);
        }
        return is;
      },
    };
  }
  function quantified(inner: Piece): Piece {
    const q = take(QUANTIFIER);
    if (!q) return inner;
    const [text, least, range, most, lazy] = q;
    const [min, max] =
      least !== undefined
        ? [Number(least), range === undefined ? Number(least) : most ? Number(most) : Number.POSITIVE_INFINITY]
        : [text.startsWith('+') ? 1 : 0, text.startsWith('?') ? 1 : Number.POSITIVE_INFINITY];
    return { type: 'repeat', piece: inner, min, max, lazy: lazy === '?' };
  }
  const whole = options();
  if (at < source.length) throw new Error(`unknown syntax at ${at}: ${source}`);
  return whole;
}
