import type { Sql } from '../../db/connection/client.ts';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { deleteSession, insertSession } from '../../db/keys/sessions.ts';
import type { Milliseconds } from '../../log/duration.ts';
import { hashOf } from '../key.ts';
import { makeSessionToken } from '../session-cookie.ts';
import type { KeyStore } from './key-store.ts';

/** Begins and ends sessions, on all servers. */
export interface SessionChanges {
  readonly lastsMs: Milliseconds;
  /** What the cookie is to hold. It is kept nowhere. @throws DatabaseUnavailable */
  begin(key: string): Promise<string>;
  /** Ends a session here at once, on other servers within 5 s. Nothing happens if there is none. @throws DatabaseUnavailable */
  end(token: string): Promise<void>;
}

export function createSessionChanges(
  sql: Sql,
  { refresh }: Pick<KeyStore, 'refresh'>,
  lastsMs: Milliseconds,
): SessionChanges {
  const change = (work: Promise<void>): Promise<void> =>
    work.catch((error) => {
      throw asWeirError(error);
    });
  return {
    lastsMs,
    async begin(key) {
      const token = makeSessionToken();
      await change(insertSession(sql, hashOf(token), hashOf(key), lastsMs).then(refresh));
      return token;
    },
    end: (token) => change(deleteSession(sql, hashOf(token)).then((isDeleted) => (isDeleted ? refresh() : undefined))),
  };
}
