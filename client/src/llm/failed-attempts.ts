import { createHash, randomUUID } from 'node:crypto';

/** Requests whose last attempt failed and may be tried again. The oldest are forgotten first. */
const KEPT_MAX = 1000;

/**
 * Gives the attempts of one call one correlation id: the SDKs send the same body again, and say how often they have tried.
 * Only calls outside of a context need it; within one, its own id is the chain.
 */
export function createFailedAttempts() {
  const failed = new Map<string, string>();
  return {
    chainOf(url: string, body: string, attempt: number): string {
      return (attempt > 1 ? failed.get(keyOf(url, body)) : undefined) ?? randomUUID();
    },
    failed(url: string, body: string, correlationId: string): void {
      const key = keyOf(url, body);
      failed.delete(key);
      failed.set(key, correlationId);
      if (failed.size > KEPT_MAX) failed.delete(failed.keys().next().value!);
    },
  };
}

const keyOf = (url: string, body: string): string =>
  createHash('sha256').update(url).update('\0').update(body).digest('base64');
