import { QueryCanceled, QueryTimeout } from '../../errors.ts';
import { queryTimeout, shownLimit } from './sqlstate.ts';

/**
 * How long a statement may still end normally after its client has gone. Postgres cancels whatever the connection runs when
 * the cancel request arrives, and by then that may be a statement of another client.
 */
const CANCEL_AFTER_MS = 100;

/** What runs or waits within the limits of an operation. */
export interface Work {
  isWaiting: boolean;
  /** Called at most once, by the deadline or when the client has gone. */
  fail(error: Error): void;
}

export interface OperationLimits {
  /** False after `work.fail` was called: the deadline is over, or the client has gone. */
  enter(work: Work): boolean;
  leave(work: Work): void;
}

/** The deadline and the client of one operation. A timer runs only while the operation has work. */
export function createOperationLimits(timeoutMs: number, gone: AbortSignal | undefined): OperationLimits {
  const all = new Set<Work>();
  let deadline: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const failAll = (errorOf: (work: Work) => Error): void => {
    for (const work of [...all]) work.fail(errorOf(work));
  };
  const late = ({ isWaiting }: Work): Error =>
    isWaiting ? waitTimeout(timeoutMs) : queryTimeout(shownLimit(timeoutMs));
  const left = (): Error => new QueryCanceled('the client has disconnected');
  const onGone = (): void => {
    setTimeout(failAll, CANCEL_AFTER_MS, left);
  };

  return {
    enter(work) {
      const now = performance.now();
      deadline ??= now + timeoutMs;
      if (gone?.aborted) work.fail(left());
      else if (now >= deadline) work.fail(late({ ...work, isWaiting: false }));
      else {
        if (all.size === 0) {
          timer = setTimeout(failAll, Math.ceil(deadline - now), late);
          gone?.addEventListener('abort', onGone, { once: true });
        }
        all.add(work);
        return true;
      }
      return false;
    },
    leave(work) {
      if (!all.delete(work) || all.size > 0) return;
      clearTimeout(timer);
      if (!gone?.aborted) gone?.removeEventListener('abort', onGone);
    },
  };
}

const waitTimeout = (timeoutMs: number): QueryTimeout =>
  new QueryTimeout(
    `The operation waited for a database connection until ${shownLimit(timeoutMs)} was over, because other queries used all of them. Retry later, or select fewer fields.`,
  );
