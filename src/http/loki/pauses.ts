import { QueryCanceled } from '../../errors.ts';
import { createTurns } from '../../timing/turns.ts';

/** Long work calls it often. It lets other work run when it is time. @throws QueryCanceled the request has ended */
export type Pause = () => Promise<void>;

/** `ends`: aborted when the client has gone, or at the deadline of the request. */
export function createPause(ends: AbortSignal): Pause {
  const turns = createTurns();
  return async () => {
    if (!turns.isOver()) return;
    await turns.next();
    if (ends.aborted) throw new QueryCanceled('the client has disconnected');
  };
}
