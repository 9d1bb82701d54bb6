import type { Caller } from '../../access/caller.ts';
import type { Alert } from '../../db/alerts/alerts.ts';
import type { Notification } from '../../db/alerts/deliveries.ts';
import type { Sql } from '../../db/connection/client.ts';
import { insertAudit } from '../../db/keys/audit.ts';
import { findSearches } from '../../db/searches/saved-searches.ts';
import { BadUserInput } from '../../errors.ts';
import { factsOf } from './evaluate.ts';

/** What a trial of an alert tells, and a line in the audit log: it reaches people. @throws BadUserInput its search was changed meanwhile */
export async function trialOf(sql: Sql, caller: Caller, alert: Alert): Promise<Notification> {
  const [search] = await findSearches(sql, [alert.searchId]);
  if (!search) throw new BadUserInput('id: expected an alert with a search, got one that was changed meanwhile');
  await insertAudit(sql, caller, 'testAlert', { id: alert.id, name: alert.name });
  const { id, name, query } = search;
  return { alert: factsOf(alert), search: { id, name, query }, event: null, sample: [] };
}
