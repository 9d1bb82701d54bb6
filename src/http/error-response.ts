import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WeirError } from '../errors.ts';
import { BROWSER_HEADERS } from './browser-headers.ts';

/** A response that is an error alone. */
export const errorResponse = (error: WeirError): Response =>
  Response.json(errorBody(error), { status: error.status, headers: error.headers });

const errorBody = ({ code, message }: WeirError) => ({ error: { code, message } });

export const errorText = (error: WeirError): string => JSON.stringify(errorBody(error));

/** Writes an error response to a socket that has no `ServerResponse`, and closes the socket. */
export function refuse(socket: Duplex, error: WeirError): void {
  const body = errorText(error);
  socket.on('error', () => {});
  // A half-closed socket would stay open for as long as the client wants.
  socket.once('finish', () => socket.destroy());
  const headers = {
    ...BROWSER_HEADERS,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`);
}
