import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ApiError, networkReason, Unreachable } from '../client/api.ts';

const ATTEMPTS_MAX = 8;
/** While no server has answered yet: most likely there is none. */
const FIRST_ATTEMPTS_MAX = 3;
const REQUEST_TIMEOUT_MS = 60_000;
/** The server, or what stands before it, may take the same request later. */
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** What the server answered to one body. */
interface Stored {
  accepted: number;
  duplicates: number;
  rejected: { line: number; code: string; reason: string }[];
  /** All of them, listed or not. */
  rejectedCount: number;
}

export interface Uploader {
  /**
   * Stores one NDJSON body, once, however often it has to be sent.
   * @throws Unreachable after the last attempt
   * @throws ApiError the server refuses the body whole
   */
  send(body: string): Promise<Stored>;
}

interface UploaderOptions {
  url: URL;
  stop: AbortSignal;
  /** Told before each repetition. */
  onRetry(reason: string, waitMs: number): void;
}

/** Each body has an idempotency key of its own, so that it may be repeated after a lost answer. */
export function createUploader({ url, stop, onRetry }: UploaderOptions): Uploader {
  const run = randomUUID();
  let sent = 0;
  let reached = false;
  return {
    async send(body) {
      const key = `import-${run}-${sent++}`;
      for (let attempt = 1; ; attempt++) {
        const outcome = await post(url, body, key, stop);
        reached ||= outcome.reached;
        if ('stored' in outcome) return outcome.stored;
        if (attempt >= (reached ? ATTEMPTS_MAX : FIRST_ATTEMPTS_MAX)) {
          throw new Unreachable(`cannot store records at ${url.origin}: ${outcome.failed} (${attempt} attempts)`);
        }
        const waitMs = Math.max(backoffMs(attempt - 1, BACKOFF.importCommand), outcome.retryAfterMs);
        onRetry(outcome.failed, waitMs);
        await setTimeout(waitMs, undefined, { signal: stop });
      }
    },
  };
}

/** `reached`: a server answered. */
type Outcome = { reached: boolean } & ({ stored: Stored } | { failed: string; retryAfterMs: number });

async function post(url: URL, body: string, key: string, stop: AbortSignal): Promise<Outcome> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
      body,
      signal: AbortSignal.any([stop, timeout]),
    });
    const answer = tryJson(await response.text());
    return RETRIED.has(response.status)
      ? { reached: true, failed: reasonOf(response.status, answer), retryAfterMs: retryAfterMs(response) }
      : { reached: true, stored: storedOf(url, response.status, answer) };
  } catch (error) {
    if (stop.aborted || error instanceof ApiError || error instanceof Unreachable) throw error;
    const reason = timeout.aborted ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s` : networkReason(error);
    return { reached: false, failed: reason, retryAfterMs: 0 };
  }
}

function storedOf(url: URL, status: number, answer: unknown): Stored {
  if (!isJsonObject(answer)) {
    throw new Unreachable(`expected a Weir server at ${url.origin}, got HTTP ${status} and no answer of its kind`);
  }
  if (isJsonObject(answer.error)) throw new ApiError(String(answer.error.code), String(answer.error.message));
  if (typeof answer.accepted !== 'number' || !Array.isArray(answer.rejected)) {
    throw new Unreachable(`expected a Weir server at ${url.origin}, got HTTP ${status} without "accepted"`);
  }
  const { accepted, duplicates, rejected, rejectedCount } = answer as unknown as Answered;
  return { accepted, duplicates: duplicates ?? 0, rejected, rejectedCount: rejectedCount ?? rejected.length };
}

/** Where nobody looked for duplicates there is none to tell; where `rejected` lists all, it is not counted. */
type Answered = Omit<Stored, 'duplicates' | 'rejectedCount'> & { duplicates: number | null; rejectedCount?: number };

const reasonOf = (status: number, answer: unknown): string =>
  isJsonObject(answer) && isJsonObject(answer.error) ? String(answer.error.message) : `HTTP ${status}`;

const retryAfterMs = (response: Response): number =>
  Math.min((Number(response.headers.get('retry-after')) || 0) * 1000, BACKOFF.importCommand.maxMs);
