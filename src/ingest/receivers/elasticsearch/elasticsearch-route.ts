import type { Caller } from '../../../access/caller.ts';
import { BodyRejected, RouteNotFound, WeirError } from '../../../errors.ts';
import { shown } from '../../../log/shown.ts';
import type { StoreBody } from '../../http/store-body.ts';
import { answer, isTemporary } from './answer.ts';
import { type BulkFates, bulkAnswer, createBulkFates } from './bulk-answer.ts';
import type { BulkItem } from './bulk-body.ts';
import { bulkEntries } from './bulk-entries.ts';
import { isBulkHelper } from './clients.ts';
import { filtered } from './filter-path.ts';
import { handshake } from './handshake.ts';

/** All of it is also below this path, where no path of Weir's own stands beside it. */
export const ELASTIC_PATH = '/elastic';

const BULK = /^(?:([^/]+)\/)?_bulk$/;

/**
 * Elasticsearch, as far as senders of records need it: `_bulk`, and what they ask before it. Documents become records. The response to
 * a bulk says item by item what became of them.
 */
export function createElasticsearchRoute(storeBody: StoreBody) {
  return async (request: Request, caller: Caller): Promise<Response> => {
    const path = pathOf(request);
    const bulk = request.method === 'GET' ? null : BULK.exec(path);
    const response = bulk ? await storeBulk(request, caller, bulk[1] ?? null) : handshake(request, path);
    if (response) return response;
    throw new RouteNotFound(
      `expected POST _bulk, or what senders to Elasticsearch ask before it, got ${request.method} ${shown(path)}: ask Weir by GraphQL`,
    );
  };

  async function storeBulk(request: Request, caller: Caller, index: string | null): Promise<Response> {
    const startedAt = performance.now();
    const items: BulkItem[] = [];
    const fates = createBulkFates();
    const { error } = await storeBody(request, caller, () => ({
      format: { entriesOf: (body) => bulkEntries(body, index, items) },
      defaults: {},
      storesRepeatsOnce: true,
      onStored: fates.stored,
    }));
    if (error !== undefined && !isToldByItem(request, error, items, fates)) throw error;
    if (items.length === 0) throw new BodyRejected(400, 'EMPTY_BODY', 'expected at least one item, got none');
    const took = Math.round(performance.now() - startedAt);
    const filterPath = new URL(request.url).searchParams.get('filter_path');
    return answer(request, 200, filtered(bulkAnswer(items, fates, error, took), filterPath));
  }
}

/**
 * Where a part was stored, the error is that of the other items. Where none was, it is that of the request, which all clients repeat
 * better: all but the helpers of official clients, which give up after such an error and repeat items.
 */
function isToldByItem(request: Request, error: unknown, items: readonly BulkItem[], fates: BulkFates): boolean {
  if (!(error instanceof WeirError) || items.length === 0) return false;
  return !fates.isEmpty || (isTemporary(error) && isBulkHelper(request));
}

/** Without `/elastic`, and without a slash at its ends. */
function pathOf({ url }: Request): string {
  const { pathname } = new URL(url);
  const path =
    pathname === ELASTIC_PATH || pathname.startsWith(`${ELASTIC_PATH}/`)
      ? pathname.slice(ELASTIC_PATH.length)
      : pathname;
  return decoded(path.replace(/^\/|\/$/g, ''));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
