import { now } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Encoding } from '../encoding.ts';
import type { ExportRequest } from './export-request.ts';

interface Made {
  window: TimeWindow;
  rowsMax: number;
  hints: readonly string[];
  encoding: Encoding | undefined;
}

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

/**
 * `weir-export-from` and `weir-export-to`: the range that was exported; a client that goes on asks for the same one. `weir-hints`:
 * sentences for people about the query, as a JSON list in percent-encoding.
 */
export function exportHeaders({ format }: ExportRequest, { window, rowsMax, hints, encoding }: Made): HeadersInit {
  return {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${fileName(format)}"`,
    vary: 'accept-encoding',
    // nginx must not hold lines back, nor read faster than its client.
    'x-accel-buffering': 'no',
    ...(encoding && { 'content-encoding': encoding }),
    ...(window.from !== null && { 'weir-export-from': window.from }),
    'weir-export-to': window.to,
    'weir-export-rows-max': String(rowsMax),
    ...(hints.length > 0 && { 'weir-hints': encodeURIComponent(JSON.stringify(hints)) }),
  };
}

/** `weir-20261121-200640.ndjson`: without characters that a file system forbids. */
const fileName = (format: string): string =>
  `weir-${now().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.${format}`;
