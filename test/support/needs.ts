import type { TestOptions } from 'vitest';

/** Options of a test, or of a `describe`, that needs something: skipped, with the reason, where something is missing. */
export const needs = (missing: string | undefined): TestOptions =>
  missing === undefined ? {} : { skip: true, meta: { missing } };

export const ROOT_MISSING = process.getuid?.() === 0 ? undefined : 'root is needed to become another user';

export const LINUX_MISSING = process.platform === 'linux' ? undefined : 'Linux is needed: the test reads /proc';
