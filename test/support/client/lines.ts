import { pino } from 'pino';
import { contextFields } from '../../../client/src/context.ts';
import { until } from '../server.ts';

export type Line = Record<string, unknown> & { msg: string; level: number };

/** A logger of an application, and the lines that it wrote. */
export function createLines() {
  const lines: Line[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = pino({ level: 'trace', base: null, mixin: contextFields }, stream);
  return {
    log,
    lines,
    /** Resolves to the first line that matches, when it is there. */
    one: (matches: (line: Line) => boolean): Promise<Line> => until(() => lines.find(matches), 10_000, 'the line'),
  };
}
export type Lines = ReturnType<typeof createLines>;

/** The record of a request, by the path that only this request has. */
export const isRequest =
  (path: string) =>
  ({ http }: Line): boolean =>
    (http as { path?: string } | undefined)?.path === path;
