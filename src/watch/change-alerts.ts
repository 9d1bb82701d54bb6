import type { Caller } from '../access/caller.ts';
import {
  type Alert,
  type AlertContent,
  findAlerts,
  insertAlert,
  removeAlert,
  replaceAlert,
  silence,
} from '../db/alerts/alerts.ts';
import { findNotifiers } from '../db/alerts/notifiers.ts';
import type { Sql } from '../db/connection/client.ts';
import { countOthers, isNameTaken } from '../db/connection/named-rows.ts';
import { insertAudit } from '../db/keys/audit.ts';
import { findSearches } from '../db/searches/saved-searches.ts';
import { BadUserInput } from '../errors.ts';
import { formatDuration, type Milliseconds } from '../log/duration.ts';
import { changeOneByOne } from './change-searches.ts';

export const ALERTS_MAX = 1000;

/**
 * A new alert if `id` is null, otherwise all of that one is replaced. What it told before goes on.
 * @throws BadUserInput the name is taken, or what an id names does not exist, or there are too many
 */
export const saveAlert = (sql: Sql, caller: Caller, id: string | null, content: AlertContent): Promise<Alert> =>
  changeOneByOne(sql, async (tx) => {
    if (id !== null) await mustExist(tx, id);
    await checkIds(tx, content);
    if (await isNameTaken(tx, 'alerts', content.name, id)) {
      throw new BadUserInput('input.name: expected one that no other alert has, got the name of another one');
    }
    if ((await countOthers(tx, 'alerts', id)) >= ALERTS_MAX) {
      throw new BadUserInput(`expected at most ${ALERTS_MAX} alerts: delete some first`);
    }
    const savedId = id ?? (await insertAlert(tx, content));
    if (id !== null) await replaceAlert(tx, id, content);
    const [saved] = await findAlerts(tx, [savedId]);
    await insertAudit(tx, caller, 'saveAlert', auditDetails(saved!));
    return saved!;
  });

async function mustExist(tx: Sql, id: string): Promise<Alert> {
  const [found] = await findAlerts(tx, [id]);
  if (found) return found;
  throw new BadUserInput('id: expected the id of an alert, got one that does not exist');
}

async function checkIds(tx: Sql, { searchId, notifierIds }: AlertContent): Promise<void> {
  const [search] = await findSearches(tx, [searchId]);
  if (!search) throw new BadUserInput('input.searchId: expected the id of a saved search, got one that does not exist');
  if ((await findNotifiers(tx, notifierIds)).includes(null)) {
    throw new BadUserInput('input.notifierIds: expected ids of notifiers, got one that does not exist');
  }
}

/** False if it does not exist. */
export const deleteAlert = (sql: Sql, caller: Caller, id: string): Promise<boolean> =>
  changeOneByOne(sql, async (tx) => {
    const [found] = await findAlerts(tx, [id]);
    if (!found) return false;
    await removeAlert(tx, id);
    await insertAudit(tx, caller, 'deleteAlert', auditDetails(found));
    return true;
  });

/** `forMs` null: no longer. @throws BadUserInput it does not exist */
export const silenceAlert = (sql: Sql, caller: Caller, id: string, forMs: Milliseconds | null): Promise<Alert> =>
  changeOneByOne(sql, async (tx) => {
    const { name } = await mustExist(tx, id);
    await silence(tx, id, forMs);
    await insertAudit(tx, caller, 'silenceAlert', { id, name, for: forMs === null ? null : formatDuration(forMs) });
    const [silenced] = await findAlerts(tx, [id]);
    return silenced!;
  });

const auditDetails = ({
  id,
  name,
  searchId,
  measure,
  threshold,
  minimum,
  windowMinutes,
  cooldownMs,
  enabled,
  notifierIds,
}: Alert) => ({
  ...{ id, name, searchId, measure, threshold, minimum, enabled, notifierIds },
  window: formatDuration(windowMinutes * 60_000),
  cooldown: formatDuration(cooldownMs),
});
