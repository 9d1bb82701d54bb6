import DataLoader from 'dataloader';
import { chainCounts, chainPages } from '../db/chains/chain-pages.ts';
import type { ChainKey } from '../db/chains/chains.ts';
import type { Sql } from '../db/connection/client.ts';
import { readHead } from '../db/read/batches.ts';
import { type Page, readPage } from '../db/read/logs.ts';
import type { TailPosition } from '../log/cursor.ts';
import { allOf, type Filter, fieldIs } from '../log/filter/filter.ts';
import { ALL_TIME } from '../log/time-span.ts';
import { type PageArguments, type PageRequest, pageOf } from './arguments.ts';
import type { LogConnection } from './connection.ts';
import { createSnapshotReads } from './snapshot-reads.ts';

/** What to read of one chain. The chains of a list all have the same request. */
interface ChainRequest {
  key: ChainKey;
  filter: Filter;
  page: PageRequest;
  result: 'page' | 'totalCount' | 'tailPosition';
}

interface ChainRead {
  id: string;
  request: ChainRequest;
}

/** Opens the records of a chain. Reads of several chains that happen together run together, in one snapshot. */
export type OpenChain = (key: ChainKey, id: string, filter: Filter, args: PageArguments) => LogConnection;

export function createChainLogs(sql: Sql): OpenChain {
  const loader = new DataLoader<ChainRead, unknown, string>(
    async (reads) => {
      const snapshotReads = createSnapshotReads(sql);
      const results = new Map<ChainRead, unknown>();
      const readGroup = async (name: string, group: ChainRead[]): Promise<void> => {
        const found = await snapshotReads(name, (snapshot) => read(snapshot, group)).catch((error: Error) =>
          group.map(() => error),
        );
        for (const [i, chain] of group.entries()) results.set(chain, found[i]);
      };
      await Promise.all(Array.from(Map.groupBy(reads, nameOf), ([name, group]) => readGroup(name, group)));
      return reads.map((chain) => results.get(chain));
    },
    { cacheKeyFn: (chain) => `${nameOf(chain)} ${chain.id}` },
  );
  return (key, id, filter, args) => {
    const page = pageOf(args);
    const load = <T>(result: ChainRequest['result']) =>
      loader.load({ id, request: { key, filter, page, result } }) as Promise<T>;
    return {
      page: () => load<Page>('page'),
      totalCount: () => load<number>('totalCount'),
      tailPosition: () => load<TailPosition>('tailPosition'),
    };
  };
}

const nameOf = ({ request }: ChainRead): string => JSON.stringify(request);

async function read(sql: Sql, reads: readonly ChainRead[]): Promise<unknown[]> {
  const { request } = reads[0]!;
  const ids = reads.map(({ id }) => id);
  if (request.result === 'totalCount') return chainCounts(sql, request.key, ids, request.filter);
  if (request.result === 'tailPosition') {
    const head = await readHead(sql);
    return ids.map(() => head);
  }
  return readPages(sql, ids, request);
}

/**
 * One chain may be long, so no more of it is read than its page. A cursor is a place in one chain, so a request with one
 * seldom has several chains.
 */
async function readPages(sql: Sql, ids: readonly string[], { key, filter, page }: ChainRequest): Promise<Page[]> {
  if (ids.length > 1 && page.after === null && page.before === null) {
    return chainPages(sql, key, ids, { filter, ...page });
  }
  const pages: Page[] = [];
  for (const id of ids) {
    const ofChain = allOf(fieldIs(key, id), filter);
    pages.push(await readPage(sql, { filter: ofChain, window: ALL_TIME, order: 'OLDEST_FIRST', ...page }));
  }
  return pages;
}
