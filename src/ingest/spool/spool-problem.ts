import type { Logger } from 'pino';
import { Overloaded } from '../../errors.ts';

/** Why the spool accepts no batch now. */
export interface SpoolProblem {
  code: 'SPOOL_FULL' | 'SPOOL_DISK_FULL' | 'SPOOL_UNWRITABLE';
  message: string;
}

const RETRY_AFTER_SECONDS = 10;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

export const overloaded = ({ message }: SpoolProblem): Overloaded => new Overloaded(message, RETRY_AFTER_SECONDS);

/** The problem that an error of the file system means. */
export const problemOf = (error: unknown, folder: string): SpoolProblem =>
  NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')
    ? { code: 'SPOOL_DISK_FULL', message: `The disk of the spool ${folder} is full: ${(error as Error).message}.` }
    : { code: 'SPOOL_UNWRITABLE', message: `The spool ${folder} cannot be written: ${(error as Error).message}.` };

export const fullProblem = (folder: string, segmentsMax: number): SpoolProblem => ({
  code: 'SPOOL_FULL',
  message: `The spool ${folder} is full: it has ${segmentsMax} segments, as many as FALLBACK_MAX_FILES allows.`,
});

interface ProblemState {
  readonly now: SpoolProblem | null;
  set(problem: SpoolProblem | null): void;
}

/** Logs each change of the problem once. */
export function createProblemState(log: Logger): ProblemState {
  let now: SpoolProblem | null = null;
  return {
    get now() {
      return now;
    },
    set(problem) {
      if (problem && problem.code !== now?.code) log.error({ code: problem.code }, problem.message);
      if (!problem && now) log.info({ code: now.code }, 'the spool accepts batches again');
      now = problem;
    },
  };
}
