import { BadUserInput } from '../errors.ts';
import { ndjsonLine } from '../log/ndjson-line.ts';
import { type ArrivalConfig, arrivalAt, isRejection } from '../log/record.ts';
import { now } from '../log/time.ts';
import { type SeedPlan, seedRecords } from '../seed/records.ts';
import { ApiError, graphqlUrl, ingestUrl, request } from './client/api.ts';
import { keysOfRun } from './import/import-keys.ts';
import { createUploader } from './import/uploader.ts';
import { say } from './terminal/output.ts';

const REQUEST_RECORDS = 4_000;
/** A busy server may take some seconds. Where none listens, the connection fails at once. */
const LOOK_MS = 10_000;
/** A question that needs no database. Another GraphQL server does not have the type. */
const IS_WEIR = '{ __type(name: "TailBatch") { name } }';

/** Whether a Weir server responds at the URL. @throws Unreachable it is not a URL of a server; ApiError it asks for a key */
export async function isServerAt(url: string, stop: AbortSignal): Promise<boolean> {
  graphqlUrl(url);
  try {
    const within = AbortSignal.any([stop, AbortSignal.timeout(LOOK_MS)]);
    return (await request<{ __type: unknown }>(url, { query: IS_WEIR }, within)).__type !== null;
  } catch (error) {
    // A server that asks for a key is a Weir server: its error says what to do.
    if (error instanceof ApiError && ['UNAUTHENTICATED', 'AUTH_NOT_SET'].includes(error.code)) throw error;
    return false;
  }
}

/**
 * Sends the plan's records to a running server, so that its tails show them too.
 * @returns the number of records that are there now
 */
export async function sendSeed(
  plan: SeedPlan,
  url: string,
  arrival: ArrivalConfig,
  stop: AbortSignal,
  onStored: (records: number) => void,
): Promise<number> {
  const uploader = createUploader({
    url: ingestUrl(url),
    stop,
    onRetry: (reason, waitMs) => say(`${reason}; retrying in ${(waitMs / 1000).toFixed(1)} s`),
  });
  const { keyOf } = keysOfRun();
  let stored = 0;
  let lines: string[] = [];
  const send = async (): Promise<void> => {
    const { accepted, rejected } = await uploader.send(lines.join('\n'), keyOf(stored));
    if (rejected[0]) throw new BadUserInput(rejected[0].reason);
    stored += accepted;
    lines = [];
    onStored(stored);
  };
  for (const record of seedRecords(plan, arrivalAt(now(), arrival))) {
    if (stop.aborted) return stored;
    if (isRejection(record)) throw new BadUserInput(record.reason);
    if (lines.push(ndjsonLine(record)) >= REQUEST_RECORDS) await send();
  }
  if (lines.length > 0) await send();
  return stored;
}
