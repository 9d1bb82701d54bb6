import { bearer } from './keys.ts';
import { openSocket, type TestSocket } from './socket.ts';

/** What a browser sends with a request of a page of the server at `url`, by HTTP to an address. */
export const ownPage = (url: string): Record<string, string> => ({ origin: new URL(url).origin });

export const signIn = (url: string, key: string, headers: Record<string, string> = ownPage(url)): Promise<Response> =>
  fetch(`${url}/session`, { method: 'POST', headers: { ...bearer(key), ...headers } });

/** `Set-Cookie` of a response, and what the browser then sends. */
export const setCookieOf = (response: Response): string => response.headers.get('set-cookie') ?? '';
export const cookieOf = (response: Response): string => setCookieOf(response).split(';', 1)[0]!;

/** The cookie of a new session. */
export async function sessionOf(url: string, key: string): Promise<string> {
  const response = await signIn(url, key);
  if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`);
  return cookieOf(response);
}

export const signOut = (url: string, cookie: string): Promise<Response> =>
  fetch(`${url}/session`, { method: 'DELETE', headers: { ...ownPage(url), cookie } });

/** Asks who the client is. */
export const viewerBy = (url: string, headers: Record<string, string>, body = '{"query":"{ viewer { name } }"}') =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

export const statusBy = async (url: string, cookie: string): Promise<number> =>
  (await viewerBy(url, { ...ownPage(url), cookie })).status;

/** A websocket whose upgrade has these headers. */
export async function openWith(url: string, headers: Record<string, string>, payload?: object): Promise<TestSocket> {
  const socket = await openSocket(url, 'graphql-transport-ws', headers);
  socket.send({ type: 'connection_init', ...(payload && { payload }) });
  return socket;
}
