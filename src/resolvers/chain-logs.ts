import DataLoader from 'dataloader';
import { chainCounts, chainPages } from '../db/chains/chain-pages.ts';
import type { ChainKey } from '../db/chains/chains.ts';
import type { Sql } from '../db/connection/client.ts';
import { readHead } from '../db/read/batches.ts';
import { type Page, readPage } from '../db/read/logs.ts';
import type { TailPosition } from '../log/cursor.ts';
import { allOf, type Filter, fieldIs } from '../log/filter/filter.ts';
import { ALL_TIME } from '../log/time-span.ts';
import { type PageArguments, type Page as PageSought, pageOf } from './arguments.ts';
import type { LogConnection } from './connection.ts';
import { createReading } from './snapshot-reads.ts';

/** What is asked of the records of a chain; chains in a list are all asked the same. */
interface Question {
  key: ChainKey;
  filter: Filter;
  page: PageSought;
}

type Part = 'page' | 'totalCount' | 'tailPosition';

interface Asked {
  id: string;
  question: Question;
  part: Part;
}

/** Opens the records of a chain. What a list of chains asks for in one go is read together, in one snapshot. */
export type OpenChain = (key: ChainKey, id: string, filter: Filter, args: PageArguments) => LogConnection;

export function createChainLogs(sql: Sql): OpenChain {
  const loader = new DataLoader<Asked, unknown, string>(
    async (asked) => {
      const reading = createReading(sql);
      const answers = new Map<Asked, unknown>();
      const alike = Map.groupBy(asked, nameOf);
      const answer = async (name: string, group: Asked[]): Promise<void> => {
        const found = await reading(name, (snapshot) => read(snapshot, group)).catch((error: Error) =>
          group.map(() => error),
        );
        for (const [i, one] of group.entries()) answers.set(one, found[i]);
      };
      await Promise.all(Array.from(alike, ([name, group]) => answer(name, group)));
      return asked.map((one) => answers.get(one));
    },
    { cacheKeyFn: (asked) => `${nameOf(asked)} ${asked.id}` },
  );
  return (key, id, filter, args) => {
    const question = { key, filter, page: pageOf(args) };
    const load = <T>(part: Part) => loader.load({ id, question, part }) as Promise<T>;
    return {
      page: () => load<Page>('page'),
      totalCount: () => load<number>('totalCount'),
      tailPosition: () => load<TailPosition>('tailPosition'),
    };
  };
}

const nameOf = ({ part, question }: Asked): string => JSON.stringify([part, question]);

async function read(sql: Sql, asked: readonly Asked[]): Promise<unknown[]> {
  const { part, question } = asked[0]!;
  const ids = asked.map(({ id }) => id);
  if (part === 'totalCount') return chainCounts(sql, question.key, ids, question.filter);
  if (part === 'tailPosition') {
    const head = await readHead(sql);
    return ids.map(() => head);
  }
  return readPages(sql, ids, question);
}

/** One chain may be long, and is read no farther than its page; a cursor is a place in one chain, seldom in several. */
async function readPages(sql: Sql, ids: readonly string[], { key, filter, page }: Question): Promise<Page[]> {
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
