import type { Right } from '../../src/access/caller.ts';
import { type KeyInput, parseGrant } from '../../src/access/key-grant.ts';
import { type CreatedKey, createKey } from '../../src/access/keys/change-keys.ts';
import type { TestDatabase } from './database.ts';
import { type Client, createClient, startTestServer, type TestServer } from './server.ts';

let made = 0;

/** Makes a key in the database, as `weir keys create --database` does. */
export const makeKeyIn = ({ sql }: TestDatabase, rights: Right[], more: Partial<KeyInput> = {}): Promise<CreatedKey> =>
  createKey(sql, 'command', parseGrant({ name: `key ${++made}`, rights, ...more }));

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** A server that requires keys, with an ADMIN key. */
export interface KeyServer extends TestServer {
  admin: CreatedKey;
  /** A client that sends this key. */
  as(key: string): Client;
}

export async function startKeyServer(settings: Record<string, string> = {}, shared?: TestDatabase): Promise<KeyServer> {
  const server = await startTestServer({ AUTH: 'required', ...settings }, shared);
  const admin = await makeKeyIn(server.database, ['ADMIN']);
  return { ...server, admin, as: (key) => createClient(server.url, bearer(key)) };
}
