import type { Incoming, Outcome } from './exchange.ts';

/** A request of the Fetch API, for frameworks that run without `node:http`. It does not know the address of the client. */
export const fetchIncoming = (request: Request): Incoming => ({
  method: request.method,
  url: pathOf(request.url),
  remoteAddress: undefined,
  header: (name) => request.headers.get(name) ?? undefined,
});

export function fetchOutcome({ signal }: Request, { status, headers }: Response): Outcome {
  const length = headers.get('content-length');
  return { status, bytesSent: length === null ? undefined : Number(length), isAborted: signal.aborted };
}

/** Path and query of an absolute URL. */
const pathOf = (url: string): string => url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
