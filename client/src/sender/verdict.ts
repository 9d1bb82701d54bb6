import { retryAfterMs } from './backoff.ts';

/** What became of a request. */
export type Verdict =
  | { kind: 'stored'; rejected: number; message: string }
  /** It can never be stored. */
  | { kind: 'refused'; message: string }
  /** `notStored`: surely nothing of it is stored. `slowly`: only a person can change the answer. */
  | { kind: 'retry'; afterMs: number; slowly: boolean; notStored: boolean; message: string };

export const TOO_LARGE = 'too large';

export interface Answer {
  status: number;
  retryAfter: string | undefined;
  /** Its beginning, at least the first fields. */
  body: string;
}

/** The body is at fault: no repeat can help. Other 4xx are about the key, the address or a proxy, which a person may mend. */
const BODY_AT_FAULT = new Set([400, 415, 422]);
const LATER = new Set([408, 425, 429]);

/** `records`: in the request. */
export function judge({ status, retryAfter, body }: Answer, records: number): Verdict | typeof TOO_LARGE {
  const accepted = acceptedOf(body);
  const message = `HTTP ${status} ${body.slice(0, 500)}`;
  if (status === 200 && accepted !== undefined)
    return { kind: 'stored', rejected: Math.max(0, records - accepted), message };
  if (status === 413) return TOO_LARGE;
  if (BODY_AT_FAULT.has(status)) return { kind: 'refused', message };
  const isClientError = status >= 400 && status < 500;
  return {
    kind: 'retry',
    afterMs: retryAfterMs(retryAfter),
    slowly: status < 500 && !LATER.has(status),
    notStored: isClientError || accepted === 0,
    message,
  };
}

/** The first field of an ingest result. Undefined for another server's answer. */
function acceptedOf(body: string): number | undefined {
  const found = /^\{"accepted":(\d+)/.exec(body);
  return found ? Number(found[1]) : undefined;
}

/** A request without an answer. Before a connection was made, the server cannot have got it. */
export function judgeFailure(error: NodeJS.ErrnoException): Verdict {
  const notStored = error.syscall === 'connect' || error.syscall === 'getaddrinfo';
  const message = error.message || String(error.code ?? error.name);
  return { kind: 'retry', afterMs: 0, slowly: false, notStored, message };
}
