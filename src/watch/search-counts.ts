import type { Logger } from 'pino';
import type { Sql } from '../db/connection/client.ts';
import { type CountedSearch, readCountedSearches } from '../db/searches/saved-searches.ts';
import { compileMatch, type Match } from '../log/filter/match.ts';
import type { LogRecord } from '../log/record.ts';
import { parseSearchQuery } from './search-content.ts';

/** How many of the records that this server stored match each saved search with `metric`. */
export interface SearchCounts {
  /** Called for each batch after its commit. Without such searches it costs nothing. */
  count(records: readonly LogRecord[]): void;
  /** Reads which searches to count. One that is new, or has another query, begins at 0. Never rejects. */
  refresh(): Promise<void>;
  samples(): { values: string[]; value: number }[];
}

interface Counted {
  search: CountedSearch;
  /** Null: this version of Weir cannot parse the query. */
  match: Match | null;
  records: number;
}

export function createSearchCounts(sql: Sql, log: Logger): SearchCounts {
  let all: Counted[] = [];
  /** The numbers of the last reading, and of the one whose result holds: a slow reading must not replace a later one. */
  let asked = 0;
  let taken = 0;

  function countedOf(search: CountedSearch): Counted {
    const before = all.find((one) => one.search.id === search.id && one.search.query === search.query);
    return before ? { ...before, search } : { search, match: matchOf(search), records: 0 };
  }

  function matchOf({ name, query }: CountedSearch): Match | null {
    try {
      return compileMatch(parseSearchQuery(query));
    } catch (err) {
      log.warn({ err, search: name }, 'a saved search cannot be parsed: its records are not counted');
      return null;
    }
  }

  return {
    count(records) {
      for (const one of all) {
        const { match } = one;
        if (match) for (const record of records) if (match(record)) one.records++;
      }
    },
    async refresh() {
      const turn = ++asked;
      // An error is that of the database, which health reports. Until then, the searches that are known are counted.
      const searches = await readCountedSearches(sql).catch(() => null);
      if (searches === null || turn < taken) return;
      taken = turn;
      all = searches.map(countedOf);
    },
    samples: () =>
      all
        .filter(({ match }) => match !== null)
        .map(({ search, records }) => ({ values: [search.name], value: records })),
  };
}
