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

/** The formats that may read a line, the most specific first. */
const formatsFor = byFirst(LOG_FORMATS);

/** The record in one line of any format. Undefined if no format fits. */
export function readByAny(line: string, clock: Clock): Known | undefined {
  const found = readOuter(line, clock);
  if (found) found.draft = withMessageRead(found.draft, clock);
  return found;
}

function readOuter(line: string, clock: Clock): Known | undefined {
  for (const format of formatsFor(line)) {
    const draft = format.parse(line, clock);
    if (draft && (format.isSure?.(draft) ?? true)) return { format, draft };
  }
  return undefined;
}

/** The record in a line of this format. */
export function readBy(format: LogFormat, line: string, clock: Clock): Draft | undefined {
  const draft = format.parse(line, clock);
  return draft && format !== ndjsonFormat ? withMessageRead(draft, clock) : draft;
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
