import type { IncomingMessage } from 'node:http';
import { CloseCode } from 'graphql-ws';
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
  const { end } = extra.caller;
  const close = (): void => socket.close(CloseCode.Forbidden, 'the API key or the session has ended');
  if (end?.aborted) close();
  else if (end) {
    end.addEventListener('abort', close);
    socket.once('close', () => end.removeEventListener('abort', close));
  }
  return !end?.aborted;
}

/** @throws RouteNotFound, BadRequest, AuthNotSet, HostNotAllowed, OriginNotAllowed, Unauthenticated, TooManyAttempts */
export async function checkUpgrade(
  request: IncomingMessage,
  address: string | undefined,
  trust: Trust,
  gate: Gate,
): Promise<Identity> {
  readTarget(request);
  const { url = '', headers } = request;
  const pathname = url.split('?', 1)[0]!;
  if (withoutSlash(pathname) !== GRAPHQL_PATH) {
    throw new RouteNotFound(`expected a websocket at ${GRAPHQL_PATH}, got ${shown(pathname)}`);
  }
  const header = (name: string): string | null => headers[name]?.toString() ?? null;
  const sender = senderOf('GET', header);
  const takesSession = sender.origin !== null && isOfOwnPage(sender, trust.tls);
  const identity = await gate.identify({ header, headerNames: Object.keys(headers), address, takesSession });
  gate.checkDirect(identity);
  checkSender(sender, trust, identity.holder !== null);
  // A wrong key is refused at once. None at all, or another one than that of a session, may still come.
  if (identity.wrong === 'key') gate.admit(identity, 'KEY', GRAPHQL_PATH);
  return identity;
}
