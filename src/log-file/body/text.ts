import { createByLine } from './by-line.ts';
import type { EntryReader } from './entry.ts';

/** Every line is a record's message. */
export const createTextReader = (): EntryReader =>
  createByLine((at, line) => ({ at, size: line.length, draft: { message: line } }));
