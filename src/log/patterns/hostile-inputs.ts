import { type Piece, piecesOf } from './pattern.ts';

/** A text that grows: `begin`, then `pump` again and again, then `end`. */
export interface Hostile {
  begin: string;
  pump: string;
  end: string;
}

export const grown = ({ begin, pump, end }: Hostile, characters: number): string =>
  begin + pump.repeat(Math.ceil(characters / pump.length)) + end;

/** Characters that patterns tell apart. */
const CHARACTERS = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)).concat('\u2028', 'é');
/** After the pump: nothing, or what no pattern expects there. */
const ENDS = ['', '\0', '!\u2028', ' !'];
const PAIRED_MAX = 14;

/**
 * Texts that make a pattern slow, if it can be slow, from its own pieces. A pattern that backtracks too much has a place from
 * which two ways lead through the same text. So each text leads to a repetition, repeats characters that the pattern tells
 * apart (or a sample of the pattern's own pieces), and then ends so that no way succeeds.
 */
export function* hostileInputs(pattern: RegExp): Generator<Hostile> {
  const whole = piecesOf(pattern);
  const letters = alphabetOf(whole);
  const samples = [0, 1, 2].map((variant) => sampleOf(whole, variant, letters));
  const pairs = letters.slice(0, PAIRED_MAX).flatMap((a) => letters.slice(0, PAIRED_MAX).map((b) => a + b));
  const begins = new Map<string, Set<string>>([['', new Set()]]);
  for (const variant of [0, 1, 2]) {
    walk(whole, '', variant, letters, (begin, inner) => {
      const own = begins.get(begin) ?? new Set();
      begins.set(begin, own.add(sampleOf(inner, variant, letters)));
    });
  }
  for (const [begin, own] of begins) {
    for (const pump of new Set([...letters, ...pairs, ...samples, ...own])) {
      if (pump === '') continue;
      for (const end of ENDS) yield { begin, pump, end };
    }
  }
}

/** Visits every repetition, with a text that leads to it. */
function walk(
  piece: Piece,
  begin: string,
  variant: number,
  letters: readonly string[],
  visit: (begin: string, inner: Piece) => void,
): string {
  switch (piece.type) {
    case 'all':
      return piece.pieces.reduce((text, inner) => walk(inner, text, variant, letters, visit), begin);
    case 'any':
      for (const option of piece.options) walk(option, begin, variant, letters, visit);
      break;
    case 'repeat':
      if (piece.max > 30) visit(begin, piece.piece);
      walk(piece.piece, begin, variant, letters, visit);
      break;
    case 'look':
      walk(piece.piece, begin, variant, letters, visit);
  }
  return begin + sampleOf(piece, variant, letters);
}

/** A short text that the piece matches. Variants differ in what is optional, and in the options taken. */
function sampleOf(piece: Piece, variant: number, letters: readonly string[]): string {
  switch (piece.type) {
    case 'one':
      return letters.find((letter) => piece.test(letter)) ?? '';
    case 'all':
      return piece.pieces.map((inner) => sampleOf(inner, variant, letters)).join('');
    case 'any':
      return sampleOf(piece.options[variant % piece.options.length]!, variant, letters);
    case 'repeat':
      return sampleOf(piece.piece, variant, letters).repeat(
        Math.min(Math.max(piece.min, variant === 0 ? 0 : 1), piece.max),
      );
    default:
      return '';
  }
}

/** One character for each group of characters that the pattern treats alike. */
function alphabetOf(whole: Piece): string[] {
  const tests: ((character: string) => boolean)[] = [];
  const add = (piece: Piece): void => {
    if (piece.type === 'one') tests.push(piece.test);
    else if (piece.type === 'all') piece.pieces.forEach(add);
    else if (piece.type === 'any') piece.options.forEach(add);
    else if (piece.type !== 'place') add(piece.piece);
  };
  add(whole);
  const groups = Map.groupBy(CHARACTERS, (character) => tests.map((test) => Number(test(character))).join(''));
  // Within a group, a letter or a digit reads best in an error. Groups that many pieces accept come first.
  const reach = (signature: string): number => [...signature].filter((bit) => bit === '1').length;
  return [...groups]
    .sort(([a], [b]) => reach(b) - reach(a))
    .map(([, group]) => group.find((letter) => /[\w ]/.test(letter)) ?? group[0]!);
}
