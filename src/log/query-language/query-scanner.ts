import { QuerySyntax } from '../../errors.ts';

/** Hints of one text. A hint costs a look at all of the text before it. */
const HINTS_MAX = 10;

/** A piece of a search text, for those who show it. `term`: what AND joins at the top, with its negations. */
export interface QueryPart {
  kind: 'operator' | 'field' | 'value' | 'text' | 'term';
  start: number;
  end: number;
}

/** Reads a search text from left to right. */
export class Scanner {
  readonly text: string;
  /** The name of the text in errors: `filter.query`. */
  readonly name: string;
  /** Receives what the user may have meant otherwise. */
  private readonly hints: string[];
  /** Receives the pieces of the text, each when its end is reached. */
  private readonly parts: QueryPart[] | undefined;
  at = 0;

  constructor(text: string, name: string, hints: string[], parts?: QueryPart[]) {
    this.text = text;
    this.name = name;
    this.hints = hints;
    this.parts = parts;
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

  /** A piece of the text ends here. */
  part(kind: QueryPart['kind'], start: number): void {
    this.parts?.push({ kind, start, end: this.at });
  }

  /** As `take`, for an operator. */
  operator(pattern: RegExp): boolean {
    const start = this.at;
    const taken = this.take(pattern) !== undefined;
    if (taken) this.part('operator', start);
    return taken;
  }

  /** Adds a hint about the place `at`. */
  hint(message: string, at: number): void {
    if (this.hints.length < HINTS_MAX) this.hints.push(this.located(message, at));
  }

  /** The error repeats the hints: they may name its cause. @throws QuerySyntax always, for the place `at` */
  fail(message: string, at = this.at): never {
    throw new QuerySyntax([this.located(message, at), ...this.hints].join('. '), this.columnOf(at));
  }

  private located(message: string, at: number): string {
    return `${this.name}, column ${this.columnOf(at)}: ${message}`;
  }

  private columnOf(at: number): number {
    return [...this.text.slice(0, at)].length + 1;
  }
}

export const unescaped = (text: string): string => text.replace(/\\(["\\])/g, '$1');

/** The text in quotes: the search language then reads no syntax in it. */
export const quotedText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
