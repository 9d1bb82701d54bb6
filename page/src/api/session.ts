import { ApiError, OFFLINE } from './ask.ts';
import { keyHeaders, needsSignIn, tabKey } from './credentials.ts';
import { reconnect } from './follow.ts';

/**
 * Signs in with a key. `isKept`: by a session, for all tabs and until it ends. Otherwise the key stays in this tab.
 *
 * @throws ApiError the key does not hold, or the server does not answer
 */
export async function signIn(key: string, isKept: boolean): Promise<void> {
  if (isKept) await send('/session', { method: 'POST', headers: keyHeaders(key) });
  else await send('/graphql?query={viewer{name}}', { headers: { ...keyHeaders(key), accept: 'application/json' } });
  tabKey.value = isKept ? null : key;
  reconnect();
  needsSignIn.value = false;
}

/** Signs out of the session, if there is one, and forgets the key of this tab. @throws ApiError */
export async function signOut(): Promise<void> {
  tabKey.value = null;
  await send('/session', { method: 'DELETE' });
  reconnect();
}

async function send(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(path, init).catch(() => {
    throw new ApiError(OFFLINE, 'OFFLINE');
  });
  if (response.ok) return;
  const { error, errors } = await response.json().catch(() => ({}));
  const { message, code, extensions } = error ?? errors?.[0] ?? {};
  throw new ApiError(message ?? `The server answered ${response.status}.`, code ?? extensions?.code ?? 'ERROR');
}
