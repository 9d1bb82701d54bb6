import { RIGHTS, type Right } from '../access/caller.ts';
import { type KeyInput, parseGrant } from '../access/key-grant.ts';
import { type CreatedKey, createKey, revokeKey } from '../access/keys/change-keys.ts';
import type { ApiKey } from '../db/keys/api-keys.ts';
import { BadUserInput } from '../errors.ts';
import { decodeApiKeyId } from '../log/cursor.ts';
import { shownJson } from '../log/shown.ts';
import type { Context } from './context.ts';

/** `Viewer` of the schema. */
export interface Viewer {
  authenticated: boolean;
  name: string | null;
  rights: Right[];
  scope: string | null;
}

export const viewerOf = ({ caller: { apiKey, rights, scopeText } }: Context): Viewer => ({
  authenticated: apiKey !== null,
  name: apiKey?.name ?? null,
  rights: RIGHTS.filter((right) => rights.has(right)),
  scope: scopeText,
});

/** @throws BadUserInput */
export async function createApiKey(input: KeyInput, { keys, caller }: Context): Promise<CreatedKey> {
  const created = await createKey(keys.sql, caller, parseGrant(input));
  await holdsHere(keys);
  return created;
}

/** @throws BadUserInput */
export async function revokeApiKey(id: string, { keys, caller }: Context): Promise<ApiKey> {
  const keyId = decodeApiKeyId(id);
  if (keyId === undefined) throw new BadUserInput(`id: expected the id of an API key, got ${shownJson(id)}`);
  const revoked = await revokeKey(keys.sql, caller, keyId);
  await holdsHere(keys);
  return revoked;
}

/** The change is committed: if this server cannot read it now, it does so within seconds. */
const holdsHere = (keys: Context['keys']): Promise<void> => keys.refresh().catch(() => {});
