import { randomUUID } from 'node:crypto';

/** Lines that are sent with one request, and stored once. */
export interface Batch {
  /** Whole lines. */
  body: Buffer;
  /** The query of the URL that it is sent to. */
  query: string;
  /** The `Idempotency-Key`, made before the first try. Empty until then. */
  key: string;
  /** The time of the first try whose answer is not known. 0: it is not stored for sure. */
  unknownSince: number;
  /** It may be stored under an earlier key: its records say so. */
  isRepeat: boolean;
  sealedAt: number;
  /** Where it lies in the spool. Empty: only in memory. */
  frames: Frame[];
}

/** A place in a file of the spool. */
export interface Frame {
  segment: { fd: number; path: string };
  at: number;
}

export const newBatch = (body: Buffer, query: string): Batch => ({
  body,
  query,
  key: '',
  unknownSince: 0,
  isRepeat: false,
  sealedAt: performance.now(),
  frames: [],
});

/**
 * Gives a batch its key. One that may be stored under a key that the server has forgotten gets another, and each of its
 * records will bear `possibly_repeated`: the only case in which a record may be stored twice.
 */
export function prepare(batch: Batch, keyLifetimeMs: number, now = Date.now()): void {
  const isForgotten = batch.unknownSince > 0 && now - batch.unknownSince > keyLifetimeMs;
  if (isForgotten) {
    batch.isRepeat = true;
    batch.unknownSince = 0;
  }
  if (isForgotten || batch.key === '') batch.key = randomUUID();
}
