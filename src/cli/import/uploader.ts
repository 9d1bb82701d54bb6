import { setTimeout } from 'node:timers/promises';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ApiError, networkReason, Unreachable } from '../client/api.ts';
import { credentialsFor } from '../client/credentials.ts';

const ATTEMPTS_MAX = 8;
/** As long as no server has responded: most likely there is none. */
const FIRST_ATTEMPTS_MAX = 3;
const REQUEST_TIMEOUT_MS = 60_000;
/** The server, or a proxy in front of it, may accept the same request later. */
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** The ingest result of one body. */
export interface Stored {
  accepted: number;
  duplicates: number;
  rejected: { line: number; code: string; reason: string }[];
  /** All rejections, also those that `rejected` does not list. */
  rejectedCount: number;
  /** The records are those of an earlier import with the same key, and were not stored again. */
  storedBefore: boolean;
}

export interface Uploader {
  /**
   * Stores one NDJSON body exactly once under its idempotency key, also if it must be sent several times.
   * @throws Unreachable after the last attempt
   * @throws ApiError the server rejects the whole body; IDEMPOTENCY_CONFLICT: the key was used for another body
   */
  send(body: string, key: string): Promise<Stored>;
}

interface UploaderOptions {
  url: URL;
  stop: AbortSignal;
  /** Called before each retry. */
  onRetry(reason: string, waitMs: number): void;
}

export function createUploader({ url, stop, onRetry }: UploaderOptions): Uploader {
  let reached = false;
  return {
    async send(body, key) {
      for (let attempt = 1; ; attempt++) {
        const outcome = await post(url, body, key, stop);
        reached ||= outcome.reached;
        // A repeated result after a retry is most likely the one of the first attempt.
        if ('stored' in outcome)
          return { ...outcome.stored, storedBefore: outcome.stored.storedBefore && attempt === 1 };
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

/** `reached`: a server responded. */
type Outcome = { reached: boolean } & ({ stored: Stored } | { failed: string; retryAfterMs: number });

async function post(url: URL, body: string, key: string, stop: AbortSignal): Promise<Outcome> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key, ...credentialsFor(url.href) },
      body,
      signal: AbortSignal.any([stop, timeout]),
    });
    const result = tryJson(await response.text());
    return RETRIED.has(response.status)
      ? { reached: true, failed: reasonOf(response.status, result), retryAfterMs: retryAfterMs(response) }
      : { reached: true, stored: storedOf(url, response, result) };
  } catch (error) {
    if (stop.aborted || error instanceof ApiError || error instanceof Unreachable) throw error;
    const reason = timeout.aborted ? `no response within ${REQUEST_TIMEOUT_MS / 1000} s` : networkReason(error);
    return { reached: false, failed: reason, retryAfterMs: 0 };
  }
}

function storedOf(url: URL, { status, headers }: Response, result: unknown): Stored {
  if (!isJsonObject(result)) {
    throw new Unreachable(`expected a Weir server at ${url.origin}, got HTTP ${status} without JSON`);
  }
  if (isJsonObject(result.error)) throw new ApiError(String(result.error.code), String(result.error.message));
  if (typeof result.accepted !== 'number' || !Array.isArray(result.rejected)) {
    throw new Unreachable(`expected a Weir server at ${url.origin}, got HTTP ${status} without "accepted"`);
  }
  const { accepted, duplicates, rejected, rejectedCount } = result as unknown as IngestResult;
  return {
    accepted,
    duplicates: duplicates ?? 0,
    rejected,
    rejectedCount: rejectedCount ?? rejected.length,
    storedBefore: headers.get('idempotency-replayed') === 'true',
  };
}

/** `duplicates` is null if the server did not look for them; `rejectedCount` is absent if `rejected` lists all. */
type IngestResult = Omit<Stored, 'duplicates' | 'rejectedCount' | 'storedBefore'> & {
  duplicates: number | null;
  rejectedCount?: number;
};

const reasonOf = (status: number, result: unknown): string =>
  isJsonObject(result) && isJsonObject(result.error) ? String(result.error.message) : `HTTP ${status}`;

const retryAfterMs = (response: Response): number =>
  Math.min((Number(response.headers.get('retry-after')) || 0) * 1000, BACKOFF.importCommand.maxMs);
