import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import sonicBoom from 'sonic-boom';
import { dayFileName, parseDayFileName, utcDay } from './day-file-name.ts';
import type { FileRecord } from './production-line.ts';

const { SonicBoom } = sonicBoom;
type FileStream = InstanceType<typeof SonicBoom>;

/** A log file that a new one follows each day, by UTC, and when it is full. */
export interface DayFile {
  /** Never throws and never waits. Writes that the disk is too slow for are dropped; a line in the file says how many. */
  write(line: string): void;
  /** Resolves when all is written, or cannot be. */
  close(): Promise<void>;
}

export interface DayFileOptions {
  folder: string;
  name: string;
  bytesMax: number;
  /** A record of this module's own, as the file shows records. */
  format: (record: FileRecord) => string;
  /** Called once for a file that cannot be written. */
  onError: (error: Error) => void;
  now?: () => number;
}

/** Lines that wait for the disk. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const CLOSE_MS_MAX = 3000;

export function openDayFile({ folder, name, bytesMax, format, onError, now = Date.now }: DayFileOptions): DayFile {
  const closing = new Set<Promise<void>>();
  let current: OpenFile | undefined;
  let dropped = 0;

  function fileFor(day: string): OpenFile {
    if (current?.day === day && current.bytes < bytesMax) return current;
    const part = current?.day === day ? current.part + 1 : lastPart(folder, name, day);
    if (current) void closeLater(current);
    current = openFile(folder, { name, day, part }, onError);
    return current;
  }

  function closeLater({ stream }: OpenFile): Promise<void> {
    const closed = closeStream(stream).finally(() => closing.delete(closed));
    closing.add(closed);
    return closed;
  }

  function writeTo(file: OpenFile, line: string): boolean {
    const bytes = Buffer.byteLength(line);
    if (file.waitingBytes() + bytes > WAITING_BYTES_MAX) return false;
    file.stream.write(line);
    file.bytes += bytes;
    return true;
  }

  return {
    write(line) {
      const file = fileFor(utcDay(now()));
      if (dropped > 0 && writeTo(file, `${format(droppedRecord(dropped))}\n`)) dropped = 0;
      if (!writeTo(file, line)) dropped++;
    },
    async close() {
      if (current) await closeLater(current);
      current = undefined;
      await Promise.all(closing);
    },
  };
}

const droppedRecord = (dropped: number): FileRecord => ({
  level: 40,
  time: Date.now(),
  msg: 'log lines dropped: the disk was too slow',
  dropped,
});

interface OpenFile {
  day: string;
  part: number;
  stream: FileStream;
  bytes: number;
  waitingBytes(): number;
}

function openFile(
  folder: string,
  { name, day, part }: { name: string; day: string; part: number },
  onError: (error: Error) => void,
): OpenFile {
  const path = join(folder, dayFileName({ name, day, part }));
  let failed = false;
  let written = 0;
  const fail = (error: Error): void => {
    if (!failed) onError(error);
    failed = true;
  };
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    fail(error as Error);
  }
  const before = sizeOf(path);
  const stream = new SonicBoom({ dest: path, sync: false });
  stream.on('error', fail);
  stream.on('write', (bytes: number) => {
    written += bytes;
  });
  const file: OpenFile = { day, part, stream, bytes: before, waitingBytes: () => file.bytes - before - written };
  return file;
}

/** A file of the same day is gone on with; one that is packed is not. */
function lastPart(folder: string, name: string, day: string): number {
  try {
    const parts = readdirSync(folder).flatMap((file) => {
      const found = parseDayFileName(file, name);
      return found?.day === day ? [found.isPacked ? found.part + 1 : found.part] : [];
    });
    return Math.max(0, ...parts);
  } catch {
    return 0;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function closeStream(stream: FileStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      stream.destroy();
      resolve();
    }, CLOSE_MS_MAX);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    stream.end();
  });
}
