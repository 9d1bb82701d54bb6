import type { Row } from 'postgres';

/** Limits how much text the rows of one operation have together. */
export interface RowsLimit {
  /** Aborted by the row that exceeds the limit. What the operation returns then is not complete, or it fails. */
  readonly over: AbortSignal;
  /** Keeps a row that has come, in `result`. A row beyond the limit, and all after it, are dropped. */
  take(row: Row, result: Row[]): void;
}

/** `charactersMax`: of all texts, and of JSON as text. */
export function createRowsLimit(charactersMax: number): RowsLimit {
  const over = new AbortController();
  let characters = 0;
  return {
    over: over.signal,
    take(row, result) {
      if (over.signal.aborted) return;
      characters += charactersOf(row);
      if (characters > charactersMax) over.abort();
      else result.push(row);
    },
  };
}

function charactersOf(row: Row): number {
  let characters = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object' && value !== null) characters += JSON.stringify(value).length;
  }
  return characters;
}
