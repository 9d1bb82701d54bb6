import { QuerySyntax } from '../../errors.ts';

/** Reads a search text from left to right. */
export class Scanner {
  readonly text: string;
  /** The name of the text in errors: `filter.query`. */
  readonly name: string;
  at = 0;

  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  /** Moves past what `pattern` matches here. Undefined, without a move, if it does not match. `pattern` must be sticky. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = this.peek(pattern);
    if (match) this.at += match[0].length;
    return match;
  }

  peek(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text) ?? undefined;
  }

  skipSpace(): void {
    this.take(/\s+/y);
  }

  /** The text up to white space, or up to a `)` that no `(` in the word opened: `main()` is one word. May be empty. */
  word(): string {
    const start = this.at;
    let open = 0;
    for (; !this.done; this.at++) {
      const letter = this.text[this.at]!;
      if (letter === '(') open++;
      if (/\s/.test(letter) || (letter === ')' && open-- === 0)) break;
    }
    return this.text.slice(start, this.at);
  }

  /** A text in double quotes. Undefined if none begins here. `\"` means `"`, `\\` means `\`; any other `\` means itself. */
  quoted(): string | undefined {
    if (this.text[this.at] !== '"') return undefined;
    const match = this.take(/"((?:[^"\\]|\\[\s\S])*)"/y);
    return match ? unescaped(match[1]!) : this.fail('expected a closing quote for this quote');
  }

  /** @throws QuerySyntax always, for the place `at` */
  fail(message: string, at = this.at): never {
    const column = [...this.text.slice(0, at)].length + 1;
    throw new QuerySyntax(`${this.name}, column ${column}: ${message}`, column);
  }
}

export const unescaped = (text: string): string => text.replace(/\\(["\\])/g, '$1');

/** The text in quotes: the search language then reads no syntax in it. */
export const quotedText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
