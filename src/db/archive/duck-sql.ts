import type { Sql } from '../connection/client.ts';
import { DUCKDB } from '../connection/dialect.ts';

/** Runs a statement whose values stand as `$1`, `$2` ... */
export type RunStatement = (text: string, values: readonly unknown[]) => Promise<object[]>;

/**
 * What postgres.js is to PostgreSQL, for DuckDB: statements and fragments are written as templates, and a statement is sent when it is
 * awaited. So the functions that read records read both stores with one text. It has what those functions use.
 *
 * It stands for a snapshot: `inSnapshot` runs in it.
 */
export function createDuckSql(run: RunStatement): Sql {
  const tag = (first: TemplateStringsArray | string, ...args: unknown[]): DuckQuery =>
    typeof first === 'string' ? new DuckQuery([quoted(first)], [], run) : new DuckQuery(first, args, run);
  return Object.assign(tag, {
    [DUCKDB]: true,
    unsafe: (text: string) => new DuckQuery([text], [], run),
    json: (value: unknown) => JSON.stringify(value),
    /** Its presence tells `inSnapshot` that this is one. */
    savepoint: (work: (sql: Sql) => unknown) => Promise.resolve(work(tag as unknown as Sql)),
  }) as unknown as Sql;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A statement, or a piece of one. */
class DuckQuery implements PromiseLike<object[]> {
  readonly #strings: readonly string[];
  readonly #args: readonly unknown[];
  readonly #run: RunStatement;

  constructor(strings: readonly string[], args: readonly unknown[], run: RunStatement) {
    this.#strings = strings;
    this.#args = args;
    this.#run = run;
  }

  /** Writes the pieces to `text` and the values to `values`. */
  writeTo(text: string[], values: unknown[]): void {
    for (const [i, piece] of this.#strings.entries()) {
      text.push(piece);
      if (i === this.#args.length) return;
      const arg = this.#args[i];
      if (arg instanceof DuckQuery) arg.writeTo(text, values);
      else text.push(`$${values.push(arg)}`);
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: a query of postgres.js is sent by `await` too.
  then<A, B>(
    resolved?: ((rows: object[]) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const text: string[] = [];
    const values: unknown[] = [];
    this.writeTo(text, values);
    return this.#run(text.join(''), values).then(resolved, rejected);
  }
}
