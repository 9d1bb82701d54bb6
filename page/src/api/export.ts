import { ApiError } from './ask.ts';
import { keyHeaders, sessionEnded } from './credentials.ts';

export type ExportFormat = 'ndjson' | 'csv';

/** How far an export is. */
export interface ExportProgress {
  records: number;
  bytes: number;
}

export interface ExportedFile {
  name: string;
  blob: Blob;
  records: number;
  /** The server gives no more in one response, so that more records may match. */
  isFull: boolean;
}

/** A file of more bytes is not held by the page: a command writes it to the disk as it comes. */
export const FILE_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Takes an export as a file. `limit=max`: the response ends normally at the limit of the server, and breaks only where it is not whole.
 *
 * @throws ApiError
 * @throws DOMException named AbortError, after `signal`
 */
export async function takeExport(
  parameters: URLSearchParams,
  signal: AbortSignal,
  onProgress: (progress: ExportProgress) => void,
): Promise<ExportedFile> {
  const response = await send(`/export?${parameters}&limit=max`, signal);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const count = lineCounter(parameters.get('format') === 'csv');
  const progress = { records: 0, bytes: 0 };
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new ApiError('The connection broke before all records came.', 'OFFLINE');
    });
    if (done) break;
    parts.push(value);
    progress.records = count(value);
    progress.bytes += value.length;
    if (progress.bytes > FILE_BYTES_MAX) {
      await reader.cancel();
      throw new ApiError(
        'The file is larger than 512 MiB, which a page should not hold. Narrow the search, or run `weir query --all --output FILE`.',
        'TOO_LARGE',
      );
    }
    onProgress({ ...progress });
  }
  return {
    name: /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'weir-export',
    blob: new Blob(parts, { type: response.headers.get('content-type') ?? '' }),
    records: progress.records,
    isFull: progress.records === Number(response.headers.get('weir-export-rows-max')),
  };
}

async function send(path: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: keyHeaders(), signal }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new ApiError('The server does not answer. Is it running, and is the network there?', 'OFFLINE');
  });
  if (response.ok) return response;
  if (response.status === 401) sessionEnded();
  const { error } = (await response.json().catch(() => ({}))) as { error?: { code: string; message: string } };
  throw new ApiError(error?.message ?? `The server answered ${response.status}.`, error?.code ?? 'ERROR');
}

const NEW_LINE = 0x0a;
const QUOTE = 0x22;

/** Counts records as their bytes come. In CSV a line break within quotes ends no record, and the first line has the names. */
function lineCounter(isCsv: boolean): (bytes: Uint8Array) => number {
  let lines = isCsv ? -1 : 0;
  let isQuoted = false;
  return (bytes) => {
    for (const byte of bytes) {
      if (isCsv && byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === NEW_LINE && !isQuoted) lines++;
    }
    return Math.max(lines, 0);
  };
}

/** Gives a file to the browser, as a download. */
export function saveFile({ blob, name }: Pick<ExportedFile, 'blob' | 'name'>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Later: the browser has then begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
