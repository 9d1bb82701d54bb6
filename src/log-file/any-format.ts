import { joined } from '../log/joined.ts';
import type { Draft } from '../log/record.ts';
import { byFirst } from './formats/by-first.ts';
import type { Clock } from './formats/clock.ts';
import type { LogFormat } from './formats/log-format.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { LOG_FORMATS } from './log-formats.ts';

export interface Known {
  format: LogFormat;
  draft: Draft;
}

/** What formats have besides fits more lines than any format, so it comes last. */
const BESIDES = Array.from(
  new Set(LOG_FORMATS.map(({ besides }) => besides).filter((besides) => besides !== undefined)),
);

/** The formats that may read a line, the most specific first. */
const formatsFor = byFirst([...LOG_FORMATS, ...BESIDES]);

/** The record in one line of any format. Undefined if no format fits. */
export function readByAny(line: string, clock: Clock): Known | undefined {
  const found = readOuter(line, clock);
  if (found) found.draft = withMessageRead(found.draft, clock);
  return found;
}

function readOuter(line: string, clock: Clock): Known | undefined {
  for (const format of formatsFor(line)) {
    const draft = format.parse(line, clock);
    if (draft) return { format, draft };
  }
  return undefined;
}

/** The record in a line by a format and what files of the format have besides. */
export function readBy(format: LogFormat, line: string, clock: Clock): Draft | undefined {
  for (let tried: LogFormat | undefined = format; tried; tried = tried.besides) {
    const draft = tried.parse(line, clock);
    if (draft) return tried === ndjsonFormat ? draft : withMessageRead(draft, clock);
  }
  return undefined;
}

/**
 * A line's message may be a line of another program: JSON, or in a line that names no level, any format that says one or a time.
 * What it says wins.
 */
function withMessageRead(draft: Draft, clock: Clock): Draft {
  const { message, severityNumber } = draft;
  if (!message) return draft;
  if (message.startsWith('{')) {
    const inner = message.endsWith('}') ? ndjsonFormat.parse(message, clock) : undefined;
    return inner ? joined(draft, inner) : draft;
  }
  if (severityNumber !== undefined && severityNumber !== null) return draft;
  const inner = readOuter(message, clock);
  return inner && saysMore(inner) ? joined(draft, inner.draft) : draft;
}

/** Whether a line among lines of another format is surely a record: it has a time, a level, or it is JSON with a message. */
export const saysMore = ({ format, draft }: Known): boolean =>
  Boolean(draft.timestamp) ||
  (draft.severityNumber !== undefined && draft.severityNumber !== null) ||
  (format === ndjsonFormat && Boolean(draft.message));
