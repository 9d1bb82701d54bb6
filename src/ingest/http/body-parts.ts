import { setImmediate } from 'node:timers/promises';
import { type Arrival, type Draft, isRejection, makeRecord, type NewRecord } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { Entry } from '../../log-file/entries/entry.ts';
import type { Idempotency, Submission } from '../submission.ts';

/**
 * A part ends at whichever bound comes first. Both depend on the body's text alone, so that a repeated body is cut into the
 * same parts.
 */
export const PART_ENTRIES_MAX = 5_000;
export const PART_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Parsing one body pauses after this time, so that tails, queries and other senders can run. */
const TURN_MS = 10;
/** Entries between two looks at the clock. They take far less than `TURN_MS`, unless they are large. */
const ENTRIES_PER_LOOK = 50;

/** Values for records that do not have their own. */
export type Defaults = Pick<Draft, 'service' | 'component' | 'host' | 'environment'>;

/**
 * Cuts a body into parts, each of which is one submission. It reads no further than the caller asks for parts. The first
 * part has the request's idempotency key; the others have the key and the part's number.
 */
export async function* bodyParts(
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

  let arrived = arrival();
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
        const record = makeRecord(withDefaults(entry.draft, defaults), arrived, entry.at);
        if (isRejection(record)) rejected.push(record);
        else records.push(record);
      } else rejected.push(entry);
      if (records.length + rejected.length >= PART_ENTRIES_MAX || characters >= PART_CHARACTERS_MAX) {
        yield made(records, rejected);
        arrived = arrival();
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
