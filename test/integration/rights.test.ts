import { type GraphQLField, getNamedType, isCompositeType, isRequiredArgument } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RIGHTS, type Right } from '../../src/access/caller.ts';
import { FIELD_NEEDS, type Need, ROUTE_NEEDS } from '../../src/access/rights.ts';
import { insertEvent } from '../../src/db/alerts/events.ts';
import { now } from '../../src/log/time.ts';
import { schema } from '../../src/schema/index.ts';
import { makeAlert } from '../support/alerts.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { tell } from '../support/runs.ts';
import { until } from '../support/server.ts';
import { openAcknowledged, openSocket } from '../support/socket.ts';

// The walk: every route and every root field, for a client without a key, with a wrong, an expired and a revoked one, and with
// one of each right.

let server: KeyServer;
let events: NodeJS.Timeout;
const keys = {} as Record<Right | 'expired' | 'revoked' | 'wrong', string>;

beforeAll(async () => {
  server = await startKeyServer();
  for (const right of RIGHTS) {
    const { key } = await makeKeyIn(server.database, right === 'CONTENT' ? ['READ', 'CONTENT'] : [right]);
    keys[right] = key;
  }
  keys.expired = (await makeKeyIn(server.database, ['ADMIN'], { expiresIn: 1000 })).key;
  const revoked = await makeKeyIn(server.database, ['ADMIN']);
  keys.revoked = revoked.key;
  keys.wrong = `${server.admin.key.slice(0, -1)}${server.admin.key.endsWith('x') ? 'y' : 'x'}`;
  await server.database.sql`update api_keys set revoked_at = now() where id = ${revoked.apiKey.id}`;
  // `Subscription.pipelines` says something only while there is a run.
  await tell(server.as(keys.INGEST), 'run', { expect_within_seconds: 86_400 });
  // And `Subscription.alertEvents` only when there is an event.
  const { id } = await makeAlert(server.database.sql, {});
  const range = { from: now(), to: now() };
  const fire = () =>
    insertEvent(server.database.sql, { alertId: id, kind: 'FIRED', at: now(), value: 1, range, sample: [] });
  events = setInterval(() => void fire().catch(() => {}), 300);
  await until(async () => (await viewer(keys.expired)).status === 401, 10_000, 'the expiry');
});
afterAll(async () => {
  clearInterval(events);
  await server[Symbol.asyncDispose]();
});

const viewer = (key: string): Promise<Response> => post('{ viewer { name } }', bearer(key));

const post = (query: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

/** Arguments of fields that need more than an id. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  'Query.nodes': '(ids: [])',
  'Query.facets': '(by: { field: SERVICE })',
  'Query.unusual': '(filter: {})',
  'Mutation.ingest': '(logs: [])',
  'Mutation.cleanup': '(input: { cutoff: { olderThan: "1000d" }, dryRun: true })',
  'Mutation.saveSearch': '(input: { name: "", query: "" })',
  'Query.alertPreview': '(input: { query: "", measure: ABSENCE, window: "1m" }, time: { last: "1h" })',
  'Mutation.saveAlert': '(input: { name: "", searchId: "", measure: ABSENCE, window: "1m", notifierIds: [] })',
  'Mutation.saveNotifier': '(input: { name: "", kind: SLACK })',
  'Mutation.createApiKey': '(input: { name: "", rights: [READ] })',
};

interface Root {
  name: string;
  kind: 'query' | 'mutation' | 'subscription';
  document: string;
  need: Need;
}

const ROOTS: Root[] = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!].flatMap(
  (type) =>
    Object.values(type.getFields()).map((field) => {
      const name = `${type.name}.${field.name}`;
      const kind = type.name.toLowerCase() as Root['kind'];
      return { name, kind, document: documentOf(kind, name, field), need: FIELD_NEEDS[name]! };
    }),
);

function documentOf(kind: string, name: string, field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: "unknown"`);
  const args = ARGUMENTS[name] ?? (required.length > 0 ? `(${required.join(', ')})` : '');
  const selection = isCompositeType(getNamedType(field.type)) ? '{ __typename }' : '';
  return `${kind} { aliased: ${field.name}${args} ${selection} }`;
}

const allows = (right: Right, need: Need): boolean => right === need || right === 'ADMIN' || need === 'KEY';
/** A CONTENT key has READ too. */
const allowsKey = (right: Right, need: Need): boolean =>
  allows(right, need) || (right === 'CONTENT' && need === 'READ');

/** Fields of other types that need more than the field that leads to them. */
const OTHERS = ['Alert.notify', 'Delivery.notifier'];

test('every field of the root types and every route is in the table, and nothing else', () => {
  expect(Object.keys(FIELD_NEEDS).toSorted()).toEqual([...ROOTS.map(({ name }) => name), ...OTHERS].toSorted());
  expect(Object.keys(ROUTE_NEEDS).toSorted()).toEqual(server.server.routes.toSorted());
});

test.each(['none', 'wrong', 'expired', 'revoked'] as const)(
  'a client with a key that is %s gets no field',
  async (state) => {
    const headers = state === 'none' ? {} : bearer(keys[state]);
    for (const { document, name } of ROOTS) {
      const response = await post(document, headers);
      expect([name, response.status, response.headers.get('www-authenticate')]).toEqual([name, 401, 'Bearer']);
      expect(await response.json()).toEqual({
        errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
  },
);

test.each(RIGHTS)(
  'a key with the right %s gets the fields of this right, and is told the right that others need',
  async (right) => {
    for (const { name, kind, document, need } of ROOTS) {
      const accept = kind === 'subscription' ? 'text/event-stream' : 'application/json';
      const response = await post(document, { accept, ...bearer(keys[right]) });
      const reader = response.body!.getReader();
      let text = '';
      while (!/"data"|"errors"/.test(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += Buffer.from(value).toString();
      }
      await reader.cancel();
      const forbidden = text.includes('"FORBIDDEN"');
      expect([name, forbidden]).toEqual([name, !allowsKey(right, need)]);
      if (forbidden) expect(text).toContain(`"right":"${need}"`);
      expect(text).not.toContain('INTERNAL');
    }
  },
);

test('over a websocket the same holds for queries, mutations and subscriptions', async () => {
  for (const right of RIGHTS) {
    await using socket = await openAcknowledged(server.url, { authorization: `Bearer ${keys[right]}` });
    expect(socket.messages[0]).toMatchObject({ type: 'connection_ack' });
    for (const [i, { name, document, need }] of ROOTS.entries()) {
      socket.subscribe(String(i), document);
      const answer = await until(() => socket.messages.find(({ id, type }) => id === String(i) && type !== 'complete'));
      const text = JSON.stringify(answer);
      expect([right, name, text.includes('"FORBIDDEN"')]).toEqual([right, name, !allowsKey(right, need)]);
      socket.send({ id: String(i), type: 'complete' });
    }
  }
});

test.each(['none', 'wrong', 'expired', 'revoked'] as const)(
  'a websocket with a key that is %s is closed with 4403',
  async (state) => {
    const payload = state === 'none' ? {} : { authorization: `Bearer ${keys[state]}` };
    await using socket = await openSocket(server.url);
    socket.send({ type: 'connection_init', payload });
    expect((await socket.closed).code).toBe(4403);
  },
);

test('without a key, only /healthz, /readyz, / and the page of GraphiQL are open, and they say nothing', async () => {
  const status = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(server.url + path, { redirect: 'manual', ...init })).status;
  expect(await status('/healthz')).toBe(200);
  expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ ready: true });
  expect(await (await fetch(`${server.url}/`)).text()).toContain('<title>Weir</title>');
  const page = await fetch(`${server.url}/graphql?query={viewer{name}}`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(await status('/graphql?query={viewer{name}}')).toBe(401);
  expect(await status('/graphql', { method: 'POST', headers: { accept: 'text/html' } })).toBe(401);
  expect(await status('/graphql', { method: 'HEAD' })).toBe(401);
  expect(await status('/ingest', { method: 'POST', body: '{}' })).toBe(401);
  expect(await status('/unknown')).toBe(401);
  expect(await status('/unknown', { headers: bearer(keys.INGEST) })).toBe(404);
});

test.each(RIGHTS)('POST /ingest with the right %s', async (right) => {
  const response = await server.as(keys[right]).ingest('{"message":"x"}');
  expect(response.status).toBe(allows(right, 'INGEST') ? 200 : 403);
  if (response.status === 403) expect(await response.json()).toMatchObject({ error: { code: 'FORBIDDEN' } });
});

test('an id of an API key needs ADMIN, and a READ key learns nothing from an unknown one', async () => {
  const { data } = await server
    .as(keys.ADMIN)
    .query<{ apiKeys: { id: string; name: string }[] }>('{ apiKeys { id name } }');
  const { id, name } = data!.apiKeys[0]!;
  const document = `query ($id: ID!) { node(id: $id) { id ... on ApiKey { name } } nodes(ids: [$id]) { id } }`;
  expect(await server.as(keys.ADMIN).query(document, { id })).toEqual({
    data: { node: { id, name }, nodes: [{ id }] },
  });
  const refused = await server.as(keys.READ).query(document, { id });
  expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

test('fields that fail for want of a right are null, and the others have their values', async () => {
  const { data, errors } = await server
    .as(keys.READ)
    .query('{ viewer { name rights } apiKeys { id } stats { total } }');
  expect(data).toMatchObject({ viewer: { rights: ['READ'] }, apiKeys: null, stats: { total: expect.any(Number) } });
  expect(errors).toMatchObject([{ path: ['apiKeys'], extensions: { code: 'FORBIDDEN', right: 'ADMIN' } }]);
});
