/** Something that reads lines. `first` matches the first character of every line that it may read; without it, it reads any. */
interface Reader {
  first?: RegExp;
}

/** Which of many readers may read a line, by the line's first character. */
export function byFirst<T extends Reader>(readers: readonly T[]): (line: string) => readonly T[] {
  const table = Array.from({ length: 128 }, (_, code) =>
    readers.filter(({ first }) => first === undefined || first.test(String.fromCharCode(code))),
  );
  const others = readers.filter(({ first }) => first === undefined || first.test('\u00e9'));
  return (line) => table[line.charCodeAt(0)] ?? others;
}
