import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Caller } from '../../access/caller.ts';
import { presentedKeyOfInit } from '../../access/credentials.ts';
import { RouteNotFound, WeirError } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import type { Gate, Identity } from '../gate.ts';
import { GRAPHQL_PATH } from '../graphql/graphql.ts';
import { isOfOwnPage, senderOf } from '../origin.ts';
import { readTarget } from '../request-target.ts';
import { withoutSlash } from '../route.ts';
import { checkSender, type Trust } from '../trust.ts';
import type { Connection } from './client.ts';

/** Of a close frame, in bytes. */
const CLOSE_REASON_MAX = 123;

/** Whether the client of `connection_init` may use the socket. The socket then ends when its key no longer holds. */
export async function admitSocket(gate: Gate, { extra, connectionParams }: Connection): Promise<boolean> {
  const { socket, identity, name } = extra;
  try {
    const known = await gate.identifyKey(presentedKeyOfInit(connectionParams), identity);
    extra.caller = { ...gate.admit(known, 'KEY', GRAPHQL_PATH), client: name };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    socket.close(CloseCode.Forbidden, error.message.slice(0, CLOSE_REASON_MAX));
    return false;
  }
  closeWithKey(socket, extra.caller);
  return !extra.caller.end?.aborted;
}

/** Closes the socket when its key no longer holds. */
export function closeWithKey(socket: WebSocket, { end }: Caller): void {
  const close = (): void => socket.close(CloseCode.Forbidden, 'the API key or the session has ended');
  if (end?.aborted) close();
  else if (end) {
    end.addEventListener('abort', close);
    socket.once('close', () => end.removeEventListener('abort', close));
  }
}

export const pathOfUpgrade = ({ url = '' }: IncomingMessage): string => withoutSlash(url.split('?', 1)[0]!);

/** @throws RouteNotFound, BadRequest, AuthNotSet, HostNotAllowed, OriginNotAllowed, Unauthenticated, TooManyAttempts */
export async function checkUpgrade(
  request: IncomingMessage,
  address: string | undefined,
  trust: Trust,
  gate: Gate,
  paths: readonly string[],
): Promise<Identity> {
  readTarget(request);
  const { headers } = request;
  const pathname = pathOfUpgrade(request);
  if (!paths.includes(pathname)) {
    throw new RouteNotFound(`expected a websocket at ${paths.join(' or ')}, got ${shown(pathname)}`);
  }
  const header = (name: string): string | null => headers[name]?.toString() ?? null;
  const sender = senderOf('GET', header);
  const takesSession = sender.origin !== null && isOfOwnPage(sender, trust.tls);
  const identity = await gate.identify({ header, headerNames: Object.keys(headers), address, takesSession });
  gate.checkDirect(identity);
  checkSender(sender, trust, identity.holder !== null);
  // A wrong key is refused at once. None at all, or another one than that of a session, may still come.
  if (identity.wrong === 'key') gate.admit(identity, 'KEY', pathname);
  return identity;
}
