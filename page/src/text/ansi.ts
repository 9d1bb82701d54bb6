/** The colours and fonts that programs write into their lines for terminals (ECMA-48, "SGR"). */
export interface AnsiStyle {
  /** 0 to 7: black, red, green, yellow, blue, magenta, cyan, white, as the theme shows them. */
  colour: number | null;
  ground: number | null;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
  struck: boolean;
}

export interface AnsiPart {
  text: string;
  /** Null: plain. */
  style: AnsiStyle | null;
}

const PLAIN: AnsiStyle = {
  colour: null,
  ground: null,
  bold: false,
  faint: false,
  italic: false,
  underline: false,
  struck: false,
};
/** Colours, other sequences of a terminal (they move a cursor, name a window, link), which show nothing. */
const SEQUENCE =
  /\u001b(?:\[([\d;:]*)m|\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]+[0-~]|[0-Z\\^-~])/g;

/** The text without its sequences, in parts of one style each. */
export function ansiParts(text: string): AnsiPart[] {
  if (!text.includes('\u001b')) return [{ text, style: null }];
  const parts: AnsiPart[] = [];
  let style = PLAIN;
  let at = 0;
  const add = (end: number): void => {
    if (end > at) parts.push({ text: text.slice(at, end), style: style === PLAIN ? null : style });
  };
  for (const found of text.matchAll(SEQUENCE)) {
    add(found.index);
    at = found.index + found[0].length;
    if (found[1] !== undefined) style = styleAfter(style, found[1]);
  }
  add(text.length);
  return parts;
}

function styleAfter(before: AnsiStyle, codes: string): AnsiStyle {
  const style = { ...before };
  const numbers = codes.split(/[;:]/).map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i]!;
    if (code === 0) Object.assign(style, PLAIN);
    else if (code === 38 || code === 48) {
      const [colour, used] = extendedColour(numbers, i + 1);
      if (code === 38) style.colour = colour;
      else style.ground = colour;
      i += used;
    } else Object.assign(style, changeOf(code));
  }
  return Object.values(style).every((value) => value === null || value === false) ? PLAIN : style;
}

function changeOf(code: number): Partial<AnsiStyle> {
  if (code >= 30 && code <= 37) return { colour: code - 30 };
  if (code >= 90 && code <= 97) return { colour: code - 90 };
  if (code >= 40 && code <= 47) return { ground: code - 40 };
  if (code >= 100 && code <= 107) return { ground: code - 100 };
  return CHANGES[code] ?? {};
}

const CHANGES: Readonly<Record<number, Partial<AnsiStyle>>> = {
  1: { bold: true },
  2: { faint: true },
  3: { italic: true },
  4: { underline: true },
  9: { struck: true },
  22: { bold: false, faint: false },
  23: { italic: false },
  24: { underline: false },
  29: { struck: false },
  39: { colour: null },
  49: { ground: null },
};

/** `5;N`: one of 256. `2;R;G;B`: any. The most similar of the eight, because those have enough contrast in both themes. */
function extendedColour(numbers: readonly number[], at: number): [colour: number | null, used: number] {
  if (numbers[at] === 5) return [indexedColour(numbers[at + 1] ?? 0), 2];
  if (numbers[at] === 2) return [nearest(numbers[at + 1] ?? 0, numbers[at + 2] ?? 0, numbers[at + 3] ?? 0), 4];
  return [null, 0];
}

/** 0 to 15: the eight, twice. 16 to 231: a cube of 6 x 6 x 6. 232 to 255: greys. */
function indexedColour(index: number): number {
  if (index < 16) return index % 8;
  if (index > 231) return nearest((index - 232) * 10, (index - 232) * 10, (index - 232) * 10);
  const cube = index - 16;
  const part = (value: number): number => (value % 6) * 51;
  return nearest(part(Math.floor(cube / 36)), part(Math.floor(cube / 6)), part(cube));
}

const nearest = (red: number, green: number, blue: number): number => {
  const half = Math.max(red, green, blue, 96) / 2;
  return (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
};
