import type { Session } from '../../db/keys/sessions.ts';
import { now } from '../../log/time.ts';
import type { Caller } from '../caller.ts';

/** The sessions that hold, in memory. They are read together with the keys. */
export interface Sessions {
  /** Replaces them. One that is gone ends. */
  take(rows: readonly Session[]): void;
  has(hash: string): boolean;
  /** Who acts in a session. Undefined: it does not hold. */
  callerOf(hash: string): Caller | undefined;
  /** Ends those that have expired, or whose key no longer holds. */
  endOver(): void;
}

interface Open {
  row: Session;
  ended: AbortController;
}

/** `holderOf`: the holder of the key with a hash, if it holds. `isHeld`: whether it does. */
export function createSessions(
  holderOf: (keyHash: string) => Caller | undefined,
  isHeld: (keyHash: string) => boolean,
): Sessions {
  let open = new Map<string, Open>();

  const isOver = ({ row }: Open): boolean => row.expiresAt <= now() || !isHeld(row.keyHash);
  const end = (hash: string, { ended }: Open): void => {
    open.delete(hash);
    ended.abort();
  };
  const endOver = (): void => {
    for (const [hash, session] of open) if (isOver(session)) end(hash, session);
  };

  return {
    take(rows) {
      const before = open;
      open = new Map(
        rows.map((row) => [row.hash, { row, ended: before.get(row.hash)?.ended ?? new AbortController() }]),
      );
      for (const [hash, session] of before) if (!open.has(hash)) end(hash, session);
      endOver();
    },
    has: (hash) => open.has(hash),
    callerOf(hash) {
      const session = open.get(hash);
      if (!session || isOver(session)) return undefined;
      const holder = holderOf(session.row.keyHash);
      // A key of its own: executions that are shared end with the session of the first one.
      return holder && { ...holder, key: `session ${hash}`, end: session.ended.signal };
    },
    endOver,
  };
}
