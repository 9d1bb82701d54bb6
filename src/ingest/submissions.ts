import { setImmediate } from 'node:timers/promises';
import { type Arrival, type Draft, isRejection, makeRecord, type NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';
import type { Entry } from '../log-file/entries/entry.ts';
import type { Submission } from './submission.ts';

/** A body is stored in parts: a part is full at whichever comes first. Of its text alone, so that a repeated body has the same parts. */
export const PART_ENTRIES_MAX = 5_000;
export const PART_CHARACTERS_MAX = 4 * 1024 * 1024;

/** One body is read for so long; then others, tails and questions among them, have their turn. */
const TURN_MS = 10;
/** Entries between two looks at the clock: far less than `TURN_MS`, unless they are large. */
const ENTRIES_PER_LOOK = 50;

/** What a request says of all its records, where they do not say it themselves. */
type Defaults = Pick<Draft, 'service' | 'component' | 'host' | 'environment'>;

export interface Idempotency {
  key: string;
  bodyHash: Buffer;
}

/**
 * The entries of a body as submissions, made as they are asked for: whoever takes no more of them reads no more of the body.
 * The first bears the request's idempotency key, the others that key and their number.
 */
export async function* submissions(
  pieces: AsyncIterable<Iterable<Entry>> | Iterable<Iterable<Entry>>,
  arrival: () => Arrival,
  defaults: Defaults,
  idempotency: Idempotency | null,
): AsyncGenerator<Submission> {
  let part = 0;
  const made = (records: NewRecord[], rejected: Rejection[]): Submission => {
    const key = part === 0 ? idempotency?.key : `${idempotency?.key}#${part}`;
    part++;
    return { records, rejected, idempotency: idempotency && { key: key!, bodyHash: idempotency.bodyHash } };
  };

  let born = arrival();
  let records: NewRecord[] = [];
  let rejected: Rejection[] = [];
  let characters = 0;
  let read = 0;
  let turnEnds = performance.now() + TURN_MS;
  for await (const piece of pieces) {
    for (const entry of piece) {
      if (++read % ENTRIES_PER_LOOK === 0 && performance.now() > turnEnds) {
        await setImmediate();
        turnEnds = performance.now() + TURN_MS;
      }
      if ('draft' in entry) {
        characters += entry.size;
        const record = makeRecord(withDefaults(entry.draft, defaults), born, entry.at);
        if (isRejection(record)) rejected.push(record);
        else records.push(record);
      } else rejected.push(entry);
      if (records.length + rejected.length >= PART_ENTRIES_MAX || characters >= PART_CHARACTERS_MAX) {
        yield made(records, rejected);
        born = arrival();
        records = [];
        rejected = [];
        characters = 0;
      }
    }
  }
  if (records.length + rejected.length > 0) yield made(records, rejected);
}

function withDefaults(draft: Draft, { service, component, host, environment }: Defaults): Draft {
  if (service) draft.service ??= service;
  if (component) draft.component ??= component;
  if (host) draft.host ??= host;
  if (environment) draft.environment ??= environment;
  return draft;
}
