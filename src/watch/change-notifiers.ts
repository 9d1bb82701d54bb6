import type { Caller } from '../access/caller.ts';
import {
  alertNamesOfNotifier,
  findNotifiers,
  insertNotifier,
  type Notifier,
  removeNotifier,
  replaceNotifier,
} from '../db/alerts/notifiers.ts';
import type { Sql } from '../db/connection/client.ts';
import { countOthers, isNameTaken } from '../db/connection/named-rows.ts';
import { insertAudit } from '../db/keys/audit.ts';
import { BadUserInput } from '../errors.ts';
import { changeOneByOne, usedBy } from './change-searches.ts';
import { type NotifierInput, parseNotifier, shownTarget } from './notifier-content.ts';

export const NOTIFIERS_MAX = 200;

/**
 * A new notifier if `id` is null, otherwise all of that one is replaced but what is left out.
 * @throws BadUserInput the input cannot be used, the name is taken, there is no such notifier, or there are too many
 */
export const saveNotifier = (sql: Sql, caller: Caller, id: string | null, input: NotifierInput): Promise<Notifier> =>
  changeOneByOne(sql, async (tx) => {
    const [before] = id === null ? [] : await findNotifiers(tx, [id]);
    if (before === null) throw new BadUserInput('id: expected the id of a notifier, got one that does not exist');
    const content = parseNotifier(input, before ?? null);
    if (await isNameTaken(tx, 'notifiers', content.name, id)) {
      throw new BadUserInput('input.name: expected one that no other notifier has, got the name of another one');
    }
    if ((await countOthers(tx, 'notifiers', id)) >= NOTIFIERS_MAX) {
      throw new BadUserInput(`expected at most ${NOTIFIERS_MAX} notifiers: delete some first`);
    }
    const saved = id === null ? await insertNotifier(tx, content) : await replaceNotifier(tx, id, content);
    await insertAudit(tx, caller, 'saveNotifier', auditDetails(saved));
    return saved;
  });

/** False if it does not exist. @throws BadUserInput an alert uses it */
export const deleteNotifier = (sql: Sql, caller: Caller, id: string): Promise<boolean> =>
  changeOneByOne(sql, async (tx) => {
    const [found] = await findNotifiers(tx, [id]);
    if (!found) return false;
    const names = await alertNamesOfNotifier(tx, id);
    if (names.length > 0) throw usedBy('notifier', names);
    await removeNotifier(tx, id);
    await insertAudit(tx, caller, 'deleteNotifier', auditDetails(found));
    return true;
  });

const auditDetails = (notifier: Notifier) => ({
  ...{ id: notifier.id, name: notifier.name, kind: notifier.kind },
  ...{ shownTarget: shownTarget(notifier), signed: notifier.secret !== null },
});
