import { takeLock } from '../../db/connection/advisory-lock.ts';
import type { Sql } from '../../db/connection/client.ts';
import { inTransaction } from '../../db/connection/transaction.ts';
import {
  type ApiKey,
  countLivingKeys,
  findKeys,
  hasOtherAdminKey,
  insertKey,
  isNameTaken,
  KEYS_MAX,
  markRevoked,
} from '../../db/keys/api-keys.ts';
import { type Actor, insertAudit } from '../../db/keys/audit.ts';
import { forgetFirstKey } from '../../db/keys/first-key.ts';
import { BadUserInput } from '../../errors.ts';
import { now } from '../../log/time.ts';
import { hashOf, makeKey, prefixOf } from '../key.ts';
import type { KeyGrant } from '../key-grant.ts';

/** A new key. `key` is kept nowhere. */
export interface CreatedKey {
  apiKey: ApiKey;
  key: string;
}

/** One change at a time on all servers: a name stays unique, and an ADMIN key stays. */
const changeKeys = <T>(sql: Sql, change: (tx: Sql) => Promise<T>): Promise<T> =>
  inTransaction(sql, async (tx) => {
    await takeLock(tx, 'keys');
    return change(tx);
  });

/** @throws BadUserInput the name is taken, or there are too many keys */
export const createKey = (sql: Sql, actor: Actor, grant: KeyGrant): Promise<CreatedKey> =>
  changeKeys(sql, async (tx) => {
    if (await isNameTaken(tx, grant.name)) {
      throw new BadUserInput('name: expected one that no other key has, got the name of a key that is valid');
    }
    if ((await countLivingKeys(tx)) >= KEYS_MAX) {
      throw new BadUserInput(`expected at most ${KEYS_MAX} valid keys: revoke some first`);
    }
    const created = await insertNewKey(tx, actor, 'createApiKey', grant);
    // Its file is of use until there is another ADMIN key.
    if (actor !== 'command' && actor.apiKey && grant.rights.includes('ADMIN'))
      await forgetFirstKey(tx, actor.apiKey.id);
    return created;
  });

/** In a transaction that holds the lock `keys`. */
export async function insertNewKey(tx: Sql, actor: Actor, action: string, grant: KeyGrant): Promise<CreatedKey> {
  const key = makeKey();
  const apiKey = await insertKey(tx, grant, hashOf(key), prefixOf(key));
  const { id, name, prefix, rights, scope, stamp, recordsPerSecond, expiresAt } = apiKey;
  await insertAudit(tx, actor, action, { id, name, prefix, rights, scope, stamp, recordsPerSecond, expiresAt });
  return { apiKey, key };
}

/** The same again gives the same. @throws BadUserInput there is no such key, or it is the last ADMIN key */
export const revokeKey = (sql: Sql, actor: Actor, id: string): Promise<ApiKey> =>
  changeKeys(sql, async (tx) => {
    const [found] = await findKeys(tx, [id]);
    if (!found) throw new BadUserInput('id: expected the id of an API key, got another one');
    if (found.revokedAt !== null) return found;
    if (found.rights.includes('ADMIN') && isLiving(found) && !(await hasOtherAdminKey(tx, id))) {
      throw new BadUserInput(
        'id: expected a key that is not the last one with the right ADMIN: make another one first',
      );
    }
    const revoked = (await markRevoked(tx, id))!;
    await insertAudit(tx, actor, 'revokeApiKey', { id, name: revoked.name, prefix: revoked.prefix });
    await forgetFirstKey(tx, id);
    return revoked;
  });

const isLiving = ({ expiresAt }: ApiKey): boolean => expiresAt === null || expiresAt > now();
