/** What went wrong. `code` is stable; the message says what was expected, what came, and what is done about it. */
export interface Problem {
  code: 'OPTIONS' | 'UNREACHABLE' | 'REFUSED' | 'DROPPED' | 'SPOOL';
  message: string;
}

export type OnProblem = (problem: Problem) => void;

const INTERVAL_MS = 60_000;

/** Tells the application once a minute for each code. What the callback throws is ignored: logging never fails a program. */
export function createProblems(onProblem: OnProblem | undefined, now = () => performance.now()): OnProblem {
  const toldAt = new Map<string, number>();
  return (problem) => {
    if (!onProblem || now() < (toldAt.get(problem.code) ?? -INTERVAL_MS) + INTERVAL_MS) return;
    toldAt.set(problem.code, now());
    try {
      onProblem(problem);
    } catch {}
  };
}
