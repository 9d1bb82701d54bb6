import { JSON_DEPTH_MAX, VALUE_BYTES } from '../../log/json.ts';
import { ITEM_VALUES_MAX, invalid } from './limits.ts';

/** One span has more values than it may have. */
export class TooManyValues extends Error {}

/** Counts what one span, resource or scope is decoded to, and how deep its values lie in each other. */
export interface ValueCount {
  /** One more key, value or event. @throws TooManyValues */
  add(): void;
  /** A value begins, which may have others inside. @throws BodyRejected too deep. @throws TooManyValues */
  enter(): void;
  leave(): void;
  /** The rough size in memory of what was decoded from so many bytes. */
  sizeOf(bytes: number): number;
}

export function createValueCount(): ValueCount {
  let depth = 0;
  let values = 0;
  const add = (): void => {
    if (++values > ITEM_VALUES_MAX) throw new TooManyValues();
  };
  return {
    add,
    enter() {
      if (++depth > JSON_DEPTH_MAX) throw invalid(`expected values of at most ${JSON_DEPTH_MAX} levels, got more`);
      add();
    },
    leave() {
      depth--;
    },
    sizeOf: (bytes) => bytes + values * VALUE_BYTES,
  };
}
