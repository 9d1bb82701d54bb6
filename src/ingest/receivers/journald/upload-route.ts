import type { Caller } from '../../../access/caller.ts';
import { BodyRejected, type WeirError } from '../../../errors.ts';
import { shown } from '../../../log/shown.ts';
import { now } from '../../../log/time.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { CombinedResult } from '../../http/combined-result.ts';
import type { BodyReading, StoreBody } from '../../http/store-body.ts';
import { createExportReader } from './export-reader.ts';
import { createJournalReader } from './journal-record.ts';

export const UPLOAD_PATH = '/upload';

const CONTENT_TYPE = 'application/vnd.fdo.journal';
/** An answer lists this many rejected entries. */
const REASONS_MAX = 10;

/**
 * What systemd-journal-upload sends: all entries that it has, in one request. It sends an entry again for as long as the answer is
 * an error, so entries that are rejected are no error.
 */
export const createUploadRoute =
  (storeBody: StoreBody) =>
  async (request: Request, caller: Caller): Promise<Response> => {
    const { result, error } = await storeBody(request, caller, readingOf);
    if (error !== undefined) throw error;
    return text(202, result.rejectedCount > 0 ? rejectedText(result) : 'OK.');
  };

export const uploadErrorResponse = ({ status, code, message, headers }: WeirError): Response =>
  text(status, `${code}: ${message}`, headers);

/** @throws BodyRejected 415 */
function readingOf({ headers }: Request): BodyReading {
  const [type = ''] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  if (type.trim() !== CONTENT_TYPE) {
    const message = `Content-Type: expected ${CONTENT_TYPE}, got ${shown(type)}`;
    throw new BodyRejected(415, 'UNSUPPORTED_CONTENT_TYPE', message);
  }
  const read = createJournalReader(createClock({ timeZone: 'UTC', now: now() }));
  return { format: { readerFor: () => createExportReader(read) }, defaults: {}, isEndless: true };
}

function rejectedText({ accepted, rejected, rejectedCount }: CombinedResult): string {
  const reasons = rejected.slice(0, REASONS_MAX).map(({ at, code, reason }) => `entry ${at}: ${code}: ${reason}`);
  return [`OK. ${rejectedCount} of ${accepted + rejectedCount} entries were rejected:`, ...reasons].join('\n');
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  new Response(`${body}\n`, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
