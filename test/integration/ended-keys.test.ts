import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeApiKeyId } from '../../src/log/cursor.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';

let server: KeyServer;
beforeAll(async () => {
  server = await startKeyServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';
const CREATE = 'createApiKey(input: { name: "late", rights: [ADMIN] }) { key }';

const revoke = (id: string) => server.as(server.admin.key).query(REVOKE, { id: encodeApiKeyId(id) });

/** A request whose client has sent its headers and `begin`, and is let in. */
async function begin(path: string, key: string, type: string, begin: string): Promise<ClientRequest> {
  const sending = request(`${server.url}${path}`, {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': type, expect: '100-continue' },
  });
  sending.flushHeaders();
  await once(sending, 'continue');
  sending.write(begin);
  // Another request of the same key: when it has its response, the first one was let in too.
  await server.as(key).query('{ viewer { name } }');
  return sending;
}

async function end(sending: ClientRequest, rest: string): Promise<unknown> {
  sending.end(rest);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return json(response);
}

test('a body that comes slowly is not stored after its key was revoked', async () => {
  const { key, apiKey } = await makeKeyIn(server.database, ['INGEST']);
  const sending = await begin('/ingest', key, 'application/x-ndjson', '{"message":"revoked');
  expect((await revoke(apiKey.id)).errors).toBeUndefined();
  expect(await end(sending, ' meanwhile"}\n')).toMatchObject({ accepted: 0, error: { code: 'UNAUTHENTICATED' } });
  const [row] = await server.database
    .sql`select count(*) as count from system_logs where message = 'revoked meanwhile'`;
  expect(row).toEqual({ count: 0 });
});

test('a mutation that comes slowly does nothing after its key was revoked', async () => {
  const { key, apiKey } = await makeKeyIn(server.database, ['ADMIN']);
  const body = JSON.stringify({ query: `mutation { ${CREATE} }` });
  const sending = await begin('/graphql', key, 'application/json', body.slice(0, 10));
  expect((await revoke(apiKey.id)).errors).toBeUndefined();
  expect(await end(sending, body.slice(10))).toMatchObject({
    data: { createApiKey: null },
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  });
});

test('a mutation does no more steps after one of them has revoked its key', async () => {
  const { key, apiKey } = await makeKeyIn(server.database, ['ADMIN']);
  const document = `mutation { revokeApiKey(id: "${encodeApiKeyId(apiKey.id)}") { name } ${CREATE} }`;
  expect(await server.as(key).query(document)).toMatchObject({
    data: { revokeApiKey: { name: apiKey.name }, createApiKey: null },
    errors: [{ path: ['createApiKey'], extensions: { code: 'UNAUTHENTICATED' } }],
  });
});
