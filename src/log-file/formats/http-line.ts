import { readRequestLine } from '../../log/http-exchange.ts';
import type { Draft } from '../../log/record.ts';
import { numberOrNull, orNull } from './log-format.ts';

interface HttpLine {
  client?: string | undefined;
  /** `GET /path HTTP/1.1`. */
  request: string;
  status: string;
  /** `12.5ms`, `1.2s`, `64µs`, `3 ms`. */
  duration?: string | undefined;
}

/** The fields of a request that a line of a development server tells of. */
export function httpFieldsOf({ client, request, status, duration }: HttpLine): Partial<Draft> {
  const { protocol: _, ...http } = readRequestLine(request);
  return {
    ...http,
    httpStatus: numberOrNull(status),
    httpClientIp: orNull(client),
    ...(duration === undefined ? {} : { durationMs: msOf(duration) }),
  };
}

const MS_OF_UNIT: Readonly<Record<string, number>> = { ns: 1e-6, µs: 1e-3, μs: 1e-3, us: 1e-3, ms: 1, s: 1000 };

/** Undefined becomes null: `1m2.5s` has two units. */
export function msOf(duration: string): number | null {
  const m = /^(\d{1,9}(?:\.\d{1,9})?) ?(ns|[µμu]s|ms|s)$/.exec(duration.trim());
  return m ? Number((Number(m[1]) * MS_OF_UNIT[m[2]!]!).toFixed(6)) : null;
}
