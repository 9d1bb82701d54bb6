import type { Caller } from '../access/caller.ts';
import { requireRight } from '../access/rights.ts';
import { alertNamesOfSearch, newVersionOfAlerts } from '../db/alerts/alerts.ts';
import { takeLock } from '../db/connection/advisory-lock.ts';
import type { Sql } from '../db/connection/client.ts';
import { isNameTaken } from '../db/connection/named-rows.ts';
import { inTransaction } from '../db/connection/transaction.ts';
import { insertAudit } from '../db/keys/audit.ts';
import {
  countOtherSearches,
  findSearches,
  insertSearch,
  removeSearch,
  replaceSearch,
  type SavedSearch,
  type SearchContent,
} from '../db/searches/saved-searches.ts';
import { BadUserInput } from '../errors.ts';

export const SEARCHES_MAX = 1000;
/** Each server matches every record that it stores with all of these. */
export const COUNTED_MAX = 50;

/** One change of searches, alerts or notifiers at a time on all servers, so that names stay unique and no limit is exceeded. */
export const changeOneByOne = <T>(sql: Sql, change: (tx: Sql) => Promise<T>): Promise<T> =>
  inTransaction(sql, async (tx) => {
    await takeLock(tx, 'searches');
    return change(tx);
  });

/**
 * A new search if `id` is null, otherwise all of that one is replaced. One that is counted, before or after, or that an alert uses
 * needs ADMIN.
 * @throws BadUserInput the name is taken, there is no such search, or there are too many; Forbidden
 */
export const saveSearch = (sql: Sql, caller: Caller, id: string | null, content: SearchContent): Promise<SavedSearch> =>
  changeOneByOne(sql, async (tx) => {
    const [before] = id === null ? [] : await findSearches(tx, [id]);
    if (before === null) throw new BadUserInput('id: expected the id of a saved search, got one that does not exist');
    const isCounted = content.metric || before?.metric === true;
    if (isCounted) requireRight(caller, 'ADMIN', 'saveSearch of a search with `metric`');
    const isWatched = id !== null && (await alertNamesOfSearch(tx, id)).length > 0;
    if (isWatched) requireRight(caller, 'ADMIN', 'saveSearch of a search that an alert uses');
    if (await isNameTaken(tx, 'saved_searches', content.name, id)) {
      throw new BadUserInput('input.name: expected one that no other saved search has, got the name of another one');
    }
    const others = await countOtherSearches(tx, id);
    if (others.all >= SEARCHES_MAX) {
      throw new BadUserInput(`expected at most ${SEARCHES_MAX} saved searches: delete some first`);
    }
    if (content.metric && others.counted >= COUNTED_MAX) {
      throw new BadUserInput(`input.metric: expected at most ${COUNTED_MAX} saved searches with \`metric\``);
    }
    const saved = id === null ? await insertSearch(tx, content) : await replaceSearch(tx, id, content);
    if (isWatched) await newVersionOfAlerts(tx, saved.id);
    if (isCounted || isWatched) await insertAudit(tx, caller, 'saveSearch', auditDetails(saved));
    return saved;
  });

/** False if it does not exist. One that is counted needs ADMIN. @throws Forbidden; BadUserInput an alert uses it */
export const deleteSearch = (sql: Sql, caller: Caller, id: string): Promise<boolean> =>
  changeOneByOne(sql, async (tx) => {
    const [found] = await findSearches(tx, [id]);
    if (!found) return false;
    const names = await alertNamesOfSearch(tx, id);
    if (names.length > 0) {
      requireRight(caller, 'ADMIN', 'deleteSearch of a search that an alert uses');
      throw usedBy('saved search', names);
    }
    if (found.metric) {
      requireRight(caller, 'ADMIN', 'deleteSearch of a search with `metric`');
      await insertAudit(tx, caller, 'deleteSearch', auditDetails(found));
    }
    await removeSearch(tx, id);
    return true;
  });

const NAMES_SHOWN = 5;

/** `what` is not deleted while alerts use it. */
export const usedBy = (what: string, alertNames: readonly string[]): BadUserInput =>
  new BadUserInput(
    `id: expected a ${what} that no alert uses, got one that ${alertNames.length} use: ${alertNames.slice(0, NAMES_SHOWN).join(', ')}`,
  );

const auditDetails = ({ id, name, query, metric }: SavedSearch) => ({ id, name, query, metric });
