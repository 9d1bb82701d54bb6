import type { JsonObject } from '../../../log/json.ts';
import type { Timestamp } from '../../../log/time.ts';

/** Lines of one sender. */
export interface Stream {
  /** Null: they cannot be read. */
  labels: JsonObject | null;
  /** What was sent as labels, for a reason. */
  labelText: string;
}

/** One line of a stream, as its sender gave it. */
export interface Line {
  /** Null: not said. Undefined: it is no time. */
  timestamp: Timestamp | null | undefined;
  text: string;
  /** What Loki calls structured metadata. */
  metadata: JsonObject | null;
}

/** Instead of a line that is longer than a record may be. */
export const TOO_LARGE = 'too large';

export interface Pushed {
  stream: Stream;
  line: Line | typeof TOO_LARGE;
}

/** Where a decoder has worked for a while without a result: other work may run now. */
export const PAUSE = 'pause';
export type Pause = typeof PAUSE;
