/** `TOPIC-2025-07-06.log`; when that is full `TOPIC-2025-07-06.1.log`; packed later as `TOPIC-2025-07-06.log.gz`. */
export interface DayFileName {
  name: string;
  day: string;
  part: number;
}

const SHAPE = /^(\d{4}-\d{2}-\d{2})(?:\.(\d{1,6}))?\.log(\.gz)?$/;

export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const dayFileName = ({ name, day, part }: DayFileName): string =>
  part === 0 ? `${name}-${day}.log` : `${name}-${day}.${part}.log`;

/** Undefined: another name's file, or no log file. */
export function parseDayFileName(file: string, name: string): (DayFileName & { isPacked: boolean }) | undefined {
  if (!file.startsWith(`${name}-`)) return undefined;
  const found = SHAPE.exec(file.slice(name.length + 1));
  if (!found) return undefined;
  const [, day, part = '0', packed] = found;
  return { name, day: day!, part: Number(part), isPacked: packed !== undefined };
}
