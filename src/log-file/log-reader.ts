import type { Timestamp } from '../log/time.ts';
import type { Layout } from './detect-format.ts';
import { type Bare, bareLine } from './envelopes/peeling.ts';
import type { Clock } from './formats/clock.ts';
import { createRecordReader, type LogEntry, RECORD_CHARACTERS_MAX, type RecordReader } from './record-reader.ts';

export type { LogEntry } from './record-reader.ts';

/** Sources whose records are open at one time. One more ends the record of the source that is silent for longest. */
const SOURCES_MAX = 256;
/** Characters of all open records. More end the records of the sources that are silent for longest. */
const HELD_CHARACTERS_MAX = 16_000_000;
/** A source that is silent for so many lines has no open record any more: no more lines of it are waited for. */
const SILENT_LINES_MAX = 1_000;

/** Reads records from lines. A record is complete only when the next one of its source begins, or its source is silent. */
export interface LogReader {
  /** The records that this line ends. */
  push(line: string): readonly LogEntry[];
  /** The records that are open. No more of their lines will come. */
  end(): readonly LogEntry[];
}

interface Source {
  reader: RecordReader;
  /** The beginning of a line whose other parts come later. */
  part: { at: number; bare: Bare } | null;
  lastAt: number;
}

const NONE: readonly LogEntry[] = [];

/** Lines of several sources may stand among each other: the records of each are read apart. */
export function createLogReader({ envelopes, formats }: Layout, clock: Clock): LogReader {
  const inFile = envelopes.map((envelope) => envelope.inFile?.() ?? envelope);
  /** The source that is silent for longest stands first. */
  const sources = new Map<string, Source>();
  let at = 0;
  let held = 0;
  let latest: { name: string; source: Source } | null = null;
  let lastTimestamp: Timestamp | null = null;

  const sourceOf = (name: string): Source => {
    if (latest?.name === name) return latest.source;
    const source = sources.get(name) ?? {
      reader: createRecordReader(formats.get(name), clock, lastTimestamp),
      part: null,
      lastAt: at,
    };
    sources.delete(name);
    sources.set(name, source);
    latest = { name, source };
    return source;
  };
  const heldBy = ({ reader, part }: Source): number => reader.held() + (part?.bare.text.length ?? 0);
  const read = (source: Source, { at, bare }: { at: number; bare: Bare }): LogEntry | undefined =>
    source.reader.push({ at, text: bare.text, outer: bare.outer });
  const endOf = (source: Source): LogEntry[] => {
    const done = source.part ? read(source, source.part) : undefined;
    source.part = null;
    return [done, source.reader.end()].filter((entry) => entry !== undefined);
  };
  const pushTo = (source: Source, bare: Bare): LogEntry | undefined => {
    const line = source.part ? withPart(source.part, bare) : { at, bare };
    if (bare.isPart && line.bare.text.length < RECORD_CHARACTERS_MAX) {
      source.part = line;
      return undefined;
    }
    source.part = null;
    return read(source, line);
  };
  /** Ends the records of sources that are silent for too long, or too many. */
  const endSilent = (): LogEntry[] => {
    const ended: LogEntry[] = [];
    for (const [name, source] of sources) {
      const isSilent = at - source.lastAt > SILENT_LINES_MAX;
      if (sources.size === 1 || !(isSilent || sources.size > SOURCES_MAX || held > HELD_CHARACTERS_MAX)) break;
      held -= heldBy(source);
      ended.push(...endOf(source));
      sources.delete(name);
    }
    return ended;
  };

  return {
    push(line) {
      at++;
      const bare = bareLine(line, inFile, clock);
      const source = sourceOf(bare.source);
      source.lastAt = at;
      held -= heldBy(source);
      const done = pushTo(source, bare);
      held += heldBy(source);
      if (done?.draft.timestamp) lastTimestamp = done.draft.timestamp;
      const silent = sources.size > 1 ? endSilent() : NONE;
      return done ? [done, ...silent] : silent;
    },
    end() {
      const ended = Array.from(sources.values(), endOf).flat();
      held = 0;
      return ended.sort((a, b) => a.at - b.at);
    },
  };
}

function withPart(part: { at: number; bare: Bare }, { text }: Bare): { at: number; bare: Bare } {
  return { at: part.at, bare: { ...part.bare, text: part.bare.text + text } };
}
