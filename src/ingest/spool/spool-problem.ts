import type { Logger } from 'pino';
import { Overloaded } from '../../errors.ts';

/** Why the spool takes no batch now. */
export interface SpoolProblem {
  code: 'SPOOL_FULL' | 'SPOOL_DISK_FULL' | 'SPOOL_UNWRITABLE';
  message: string;
}

const RETRY_AFTER_SECONDS = 10;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

export const overloaded = ({ message }: SpoolProblem): Overloaded => new Overloaded(message, RETRY_AFTER_SECONDS);

/** What an error of the file system means for the spool. */
export const problemOf = (error: unknown, folder: string): SpoolProblem =>
  NO_ROOM.has((error as NodeJS.ErrnoException).code ?? '')
    ? { code: 'SPOOL_DISK_FULL', message: `The disk of the spool ${folder} is full: ${(error as Error).message}.` }
    : { code: 'SPOOL_UNWRITABLE', message: `The spool ${folder} cannot be written: ${(error as Error).message}.` };

export const fullProblem = (folder: string, segmentsMax: number): SpoolProblem => ({
  code: 'SPOOL_FULL',
  message: `The spool ${folder} is full: expected at most ${segmentsMax} segments (FALLBACK_MAX_FILES).`,
});

interface ProblemState {
  readonly now: SpoolProblem | null;
  set(problem: SpoolProblem | null): void;
}

/** Each change is logged once. */
export function createProblemState(log: Logger): ProblemState {
  let now: SpoolProblem | null = null;
  return {
    get now() {
      return now;
    },
    set(problem) {
      if (problem && problem.code !== now?.code) log.error({ code: problem.code }, problem.message);
      if (!problem && now) log.info({ code: now.code }, 'the spool takes batches again');
      now = problem;
    },
  };
}
