import type { Row } from 'postgres';

/** Limits how much text the rows of one operation have together. */
export interface RowsLimit {
  /** Whether a row has exceeded the limit. What the operation returns then is not complete, or it fails. */
  readonly isOver: boolean;
  /** Keeps a row that has come, in `result`. A row beyond the limit, and all after it, are dropped. */
  take(row: Row, result: Row[]): void;
}

/** `charactersMax`: of all texts, and of JSON as text. */
export function createRowsLimit(charactersMax: number): RowsLimit {
  let characters = 0;
  return {
    get isOver() {
      return characters > charactersMax;
    },
    take(row, result) {
      if (characters > charactersMax) return;
      characters += charactersOf(row);
      if (characters <= charactersMax) result.push(row);
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
