import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { insertEvent } from '../../src/db/alerts/events.ts';
import { decodeAlertId } from '../../src/log/cursor.ts';
import { shift } from '../../src/log/time.ts';
import { makeRound, minuteAgo, NEVER } from '../support/alerts.ts';
import { createTestApi } from '../support/api.ts';
import { type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { calling, insert, record } from '../support/records.ts';
import { type Client, until } from '../support/server.ts';

const SAVE_SEARCH = 'mutation ($id: ID, $input: SavedSearchInput!) { saveSearch(id: $id, input: $input) { id } }';
const FIELDS = `id name measure threshold minimum window cooldown enabled silencedUntil state value evaluatedAt error
  search { name query } notify { id name kind shownTarget signed lastDeliveredAt lastError }`;
const SAVE = `mutation ($id: ID, $input: AlertInput!) { saveAlert(id: $id, input: $input) { ${FIELDS} } }`;
const SAVE_NOTIFIER = `mutation ($id: ID, $input: NotifierInput!) {
  saveNotifier(id: $id, input: $input) { id name kind shownTarget signed } }`;

interface Shown {
  id: string;
  [field: string]: unknown;
}
type Saved = Record<string, Shown>;

async function saved(client: Client, document: string, variables: object): Promise<Shown> {
  const { data, errors } = await client.query<Saved>(document, variables);
  expect(errors).toBeUndefined();
  return Object.values(data!)[0]!;
}

const refused = async (client: Client, document: string, variables: object = {}) =>
  (await client.query<Saved>(document, variables)).errors?.[0];

const ADMIN_NEEDED = { extensions: { code: 'FORBIDDEN', right: 'ADMIN' } };
const BAD = { extensions: { code: 'BAD_USER_INPUT' } };

describe('a server that requires keys', () => {
  let server: KeyServer;
  let [admin, reader, scoped, sender] = [] as unknown as Client[];
  let search: Shown;
  let hook: Shown;
  let input: Record<string, unknown>;
  beforeAll(async () => {
    server = await startKeyServer();
    const keyOf = async (...made: Parameters<typeof makeKeyIn> extends [unknown, ...infer Rest] ? Rest : never) =>
      server.as((await makeKeyIn(server.database, ...made)).key);
    admin = server.as(server.admin.key);
    reader = await keyOf(['READ']);
    scoped = await keyOf(['READ'], { scope: 'environment:staging' });
    sender = await keyOf(['INGEST']);
    search = await saved(admin!, SAVE_SEARCH, { input: { name: 'errors of api', query: 'service:api level:>=error' } });
    const target = 'https://user:word@hooks.example.com:8443/services/T0?key=x';
    hook = await saved(admin!, SAVE_NOTIFIER, { input: { name: 'hook', kind: 'WEBHOOK', target, secret: 'shh' } });
    input = {
      name: 'api fails',
      searchId: search.id,
      measure: 'COUNT',
      threshold: 5,
      window: '5m',
      notifierIds: [hook.id],
    };
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('shows of a notifier no secret, and keeps what a change leaves out', async () => {
    expect(hook).toMatchObject({ shownTarget: 'https://hooks.example.com:8443', signed: true });
    const renamed = await saved(admin!, SAVE_NOTIFIER, { id: hook.id, input: { name: 'renamed', kind: 'WEBHOOK' } });
    expect(renamed).toEqual({ ...hook, name: 'renamed' });
    const unsigned = await saved(admin!, SAVE_NOTIFIER, {
      id: hook.id,
      input: { name: 'hook', kind: 'WEBHOOK', secret: '' },
    });
    expect(unsigned).toEqual({ ...hook, signed: false });
    const mail = { name: 'mail', kind: 'EMAIL', target: 'a@example.com,b@example.com' };
    expect(await saved(admin!, SAVE_NOTIFIER, { input: mail })).toMatchObject({
      shownTarget: 'a@example.com, b@example.com',
      signed: false,
    });
    const [row] = await server.database.sql`select target from notifiers where name = 'hook'`;
    expect(row).toEqual({ target: 'https://user:word@hooks.example.com:8443/services/T0?key=x' });
  });

  test.each([
    ['a new one without a target', { kind: 'SLACK' }, /input.target: expected a target/],
    ['a target that is no URL', { kind: 'SLACK', target: 'hooks.example.com' }, /input.target: expected a URL/],
    ['a URL of another kind', { kind: 'WEBHOOK', target: 'file:///etc/passwd' }, /input.target: expected a URL/],
    [
      'text that is no address',
      { kind: 'EMAIL', target: 'a@example.com, someone' },
      /input.target: expected mail addresses/,
    ],
    [
      'a line break in an address',
      { kind: 'EMAIL', target: 'a@example.com\nBcc: b@example.com' },
      /input.target: expected mail/,
    ],
    [
      'a secret of what is not signed',
      { kind: 'SLACK', target: 'https://a.example', secret: 'x' },
      /input.secret: expected none/,
    ],
    ['a name that is taken', { name: 'hook', kind: 'SLACK', target: 'https://a.example' }, /input.name: expected one/],
  ])('saves no notifier with %s', async (_, more, message) => {
    const error = await refused(admin!, SAVE_NOTIFIER, { input: { name: 'refused', ...more } });
    expect(error).toMatchObject({ ...BAD, message: expect.stringMatching(message) });
  });

  test('saves an alert, finds it by its id and from its search, and replaces all of it', async () => {
    const alert = await saved(admin!, SAVE, { input });
    expect(alert).toMatchObject({
      ...{
        name: 'api fails',
        measure: 'COUNT',
        threshold: 5,
        minimum: 1,
        window: 'PT5M',
        cooldown: 'PT1H',
        enabled: true,
      },
      ...{ silencedUntil: null, state: 'UNKNOWN', value: null, evaluatedAt: null, error: 'It was not evaluated yet.' },
      ...{ search: { query: 'service:api level:>=error' }, notify: [{ name: 'hook' }] },
    });
    const found = await reader!.query<Record<string, unknown>>(
      `query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id ... on Alert { name search { alerts { name } } } } nodes(ids: $ids) { id } alerts(states: [UNKNOWN]) { name }
        none: alerts(states: [OK, FIRING]) { name } savedSearches { alerts { name } } }`,
      { id: alert.id, ids: [alert.id] },
    );
    const named = [{ name: 'api fails' }];
    expect(found.data).toEqual({
      node: { id: alert.id, name: 'api fails', search: { alerts: named } },
      nodes: [{ id: alert.id }],
      ...{ alerts: named, none: [], savedSearches: [{ alerts: named }] },
    });
    const rate = {
      ...input,
      measure: 'ERROR_RATE',
      threshold: 0.1,
      minimum: 20,
      window: 'PT1H',
      cooldown: 'PT0S',
      enabled: false,
    };
    expect(await saved(admin!, SAVE, { id: alert.id, input: { ...rate, notifierIds: [] } })).toMatchObject({
      ...{
        id: alert.id,
        measure: 'ERROR_RATE',
        threshold: 0.1,
        minimum: 20,
        window: 'PT1H',
        cooldown: 'PT0S',
        enabled: false,
        notify: [],
      },
    });
    await saved(admin!, SAVE, { id: alert.id, input });
  });

  test.each([
    ['without a threshold', { threshold: null }, /input.threshold: expected a number above 0 for COUNT, got none/],
    ['with a threshold of 0', { threshold: 0 }, /input.threshold/],
    ['with a rate above 1', { measure: 'ERROR_RATE', threshold: 1.5 }, /input.threshold: expected a share/],
    ['with a threshold beside ABSENCE', { measure: 'ABSENCE' }, /input.threshold: expected none for ABSENCE, got 5/],
    ['with a minimum of 0', { minimum: 0 }, /input.minimum: expected 1 or more/],
    [
      'with a window of no whole minutes',
      { window: '90s' },
      /input.window: expected whole minutes, PT1M to P7D, got PT1M30S/,
    ],
    ['with a window of more than a week', { window: '8d' }, /input.window/],
    ['with a window of nothing', { window: '0s' }, /input.window/],
    ['with a name that is taken', { name: 'api fails' }, /input.name: expected one that no other alert has/],
    ['without a name', { name: ' ' }, /input.name: expected 1 to 100/],
    [
      'with an id of something else as its search',
      { searchId: 'x' },
      /input.searchId: expected the id of a saved search, got "x"/,
    ],
    [
      'with an id of something else as its notifier',
      { notifierIds: ['x'] },
      /input.notifierIds: expected the id of a notifier/,
    ],
  ])('saves no alert %s', async (_, more, message) => {
    const error = await refused(admin!, SAVE, { input: { ...input, name: 'refused', ...more } });
    expect(error).toMatchObject({ ...BAD, message: expect.stringMatching(message) });
  });

  test('leaves all changes and the notifiers to ADMIN', async () => {
    const alert = await saved(admin!, SAVE, { input: { ...input, name: 'rights' } });
    const changes: [string, object][] = [
      [SAVE, { input: { ...input, name: 'mine' } }],
      ['mutation ($id: ID!) { deleteAlert(id: $id) }', { id: alert.id }],
      ['mutation ($id: ID!) { silenceAlert(id: $id, for: "1h") { id } }', { id: alert.id }],
      ['mutation ($id: ID!) { testAlert(id: $id) { attempts } }', { id: alert.id }],
      [SAVE_NOTIFIER, { input: { name: 'mine', kind: 'WEBHOOK', target: 'https://a.example' } }],
      ['mutation ($id: ID!) { deleteNotifier(id: $id) }', { id: hook.id }],
      ['{ notifiers { name } }', {}],
      ['query ($id: ID!) { node(id: $id) { id } }', { id: hook.id }],
      ['{ alerts { notify { name } } }', {}],
      // Of a search that an alert uses.
      [SAVE_SEARCH, { id: search.id, input: { name: 'errors of api', query: 'x' } }],
      ['mutation ($id: ID!) { deleteSearch(id: $id) }', { id: search.id }],
    ];
    for (const [document, variables] of changes)
      expect(await refused(reader!, document, variables)).toMatchObject(ADMIN_NEEDED);
    expect(await refused(sender!, '{ alerts { name } }')).toMatchObject({
      extensions: { code: 'FORBIDDEN', right: 'READ' },
    });
  });

  test('tells nothing of alerts to a key with a scope, and previews what that sees', async () => {
    const [{ id }] = (await admin!.query<{ alerts: Shown[] }>('{ alerts { id } }')).data!.alerts as [Shown];
    const event = await insertEvent(server.database.sql, {
      ...{ alertId: decodeAlertId(id)!, kind: 'FIRED', at: minuteAgo(100), value: 7, sample: [] },
      range: { from: minuteAgo(105), to: minuteAgo(100) },
    });
    const [shown] = (await admin!.query<{ alertEvents: { nodes: Shown[] } }>('{ alertEvents { nodes { id } } }')).data!
      .alertEvents.nodes;
    expect(event!.kind).toBe('FIRED');
    const documents: [string, object][] = [
      ['{ alerts { name } }', {}],
      ['{ alertEvents { nodes { at } } }', {}],
      ['query ($id: ID!) { node(id: $id) { id } }', { id }],
      ['query ($id: ID!) { node(id: $id) { id } }', { id: shown!.id }],
    ];
    for (const [document, variables] of documents) {
      expect(await refused(scoped!, document, variables)).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    }
    expect((await scoped!.query('{ savedSearches { name alerts { name } } }')).data).toEqual({
      savedSearches: [{ name: 'errors of api', alerts: null }],
    });
    const at = minuteAgo(3);
    await insert(server.database.sql, [
      record({ timestamp: shift(at, -1000), service: 'preview', environment: 'staging' }),
      record({ timestamp: shift(at, -1000), service: 'preview', environment: 'production' }),
    ]);
    const PREVIEW = `query ($input: AlertPreviewInput!, $time: TimeRangeInput!) {
      alertPreview(input: $input, time: $time) { evaluations fired firings { from to } values(buckets: 60) { at value firing } } }`;
    const rule = { query: 'service:preview', measure: 'COUNT', threshold: 2, window: '1m' };
    const time = { from: minuteAgo(10), to: minuteAgo(1) };
    const ofAll = await reader!.query<{ alertPreview: Record<string, unknown> }>(PREVIEW, { input: rule, time });
    expect(ofAll.data!.alertPreview).toMatchObject({
      ...{ evaluations: 9, fired: 1, firings: [{ from: at, to: shift(at, 60_000) }] },
      values: expect.arrayContaining([{ at, value: 2, firing: true }]),
    });
    const ofScope = await scoped!.query(PREVIEW, { input: rule, time });
    expect(ofScope.data).toMatchObject({ alertPreview: { fired: 0, firings: [] } });
    for (const [more, range] of [
      [{}, { last: '8d' }],
      [{ measure: 'NEW_ERROR', threshold: null }, { last: '25h' }],
      [{}, {}],
      [{ window: '30s' }, { last: '1d' }],
    ]) {
      expect(await refused(reader!, PREVIEW, { input: { ...rule, ...more }, time: range })).toMatchObject(BAD);
    }
    expect(
      await refused(reader!, PREVIEW, {
        input: { ...rule, measure: 'NEW_ERROR', threshold: null },
        time: { last: '1d' },
      }),
    ).toBeUndefined();
    expect(await refused(reader!, PREVIEW, { input: rule, time: { last: '7d' } })).toBeUndefined();
  });

  test('keeps what alerts use from being deleted, and writes changes into the audit log', async () => {
    const own = await saved(admin!, SAVE_SEARCH, { input: { name: 'own', query: 'service:own' } });
    const mine = await saved(admin!, SAVE_NOTIFIER, {
      input: { name: 'mine', kind: 'SLACK', target: 'https://a.example/x' },
    });
    const alert = await saved(admin!, SAVE, {
      input: { ...input, name: 'uses', searchId: own.id, notifierIds: [mine.id] },
    });
    const DELETE_SEARCH = 'mutation ($id: ID!) { deleteSearch(id: $id) }';
    const DELETE_NOTIFIER = 'mutation ($id: ID!) { deleteNotifier(id: $id) }';
    const DELETE = 'mutation ($id: ID!) { deleteAlert(id: $id) }';
    for (const [document, id] of [
      [DELETE_SEARCH, own.id],
      [DELETE_NOTIFIER, mine.id],
    ] as const) {
      expect(await refused(admin!, document, { id })).toMatchObject({
        ...BAD,
        message: expect.stringContaining('uses'),
      });
    }
    const silenced = await saved(
      admin!,
      'mutation ($id: ID!) { silenceAlert(id: $id, for: "1h") { id silencedUntil } }',
      { id: alert.id },
    );
    expect(Date.parse(silenced.silencedUntil as string) - Date.now()).toBeGreaterThan(3_500_000);
    expect(
      await saved(admin!, 'mutation ($id: ID!) { silenceAlert(id: $id) { id silencedUntil } }', { id: alert.id }),
    ).toMatchObject({ silencedUntil: null });
    expect((await admin!.query(DELETE, { id: alert.id })).data).toEqual({ deleteAlert: alert.id });
    expect((await admin!.query(DELETE, { id: alert.id })).data).toEqual({ deleteAlert: null });
    expect((await admin!.query(DELETE_SEARCH, { id: own.id })).data).toEqual({ deleteSearch: own.id });
    expect((await admin!.query(DELETE_NOTIFIER, { id: mine.id })).data).toEqual({ deleteNotifier: mine.id });
    const { data } = await admin!.query<{ auditEvents: { nodes: { action: string; details: object }[] } }>(
      '{ auditEvents(first: 6) { nodes { action details } } }',
    );
    expect(data!.auditEvents.nodes).toMatchObject([
      { action: 'deleteNotifier', details: { name: 'mine' } },
      { action: 'deleteAlert', details: { name: 'uses' } },
      { action: 'silenceAlert', details: { name: 'uses', for: null } },
      { action: 'silenceAlert', details: { name: 'uses', for: 'PT1H' } },
      { action: 'saveAlert', details: { name: 'uses', measure: 'COUNT', threshold: 5, window: 'PT5M' } },
      { action: 'saveNotifier', details: { name: 'mine', kind: 'SLACK', shownTarget: 'https://a.example' } },
    ]);
    expect(JSON.stringify(data)).not.toContain('a.example/x');
  });

  test('says in health which alerts have been UNKNOWN for five minutes', async () => {
    await saved(admin!, SAVE, { input: { ...input, name: 'long unknown' } });
    await server.database
      .sql`update alert_states set unknown_since = now() - interval '6 min' where alert_id = (select id from alerts where name = 'long unknown')`;
    await until(async () => {
      const { data } = await admin!.query<{ health: { problems: { code: string; message: string }[] } }>(
        '{ health { problems { code message } } }',
      );
      return data!.health.problems.find(
        ({ code, message }) => code === 'ALERT_UNKNOWN' && message.includes('long unknown'),
      );
    });
  });

  test('pages through events, of all alerts and of one', async () => {
    const alert = await saved(admin!, SAVE, { input: { ...input, name: 'paged' } });
    for (const minutes of [50, 40, 30]) {
      const at = minuteAgo(minutes);
      await insertEvent(server.database.sql, {
        ...{ alertId: decodeAlertId(alert.id)!, kind: 'FIRED', at, value: 7, sample: [] },
        range: { from: shift(at, -300_000), to: at },
      });
    }
    const PAGE = `query ($id: ID!, $after: String) { node(id: $id) { ... on Alert { events(first: 2, after: $after) { nodes { at range { to } sample { message } deliveries { attempts } alert { name } } pageInfo { hasNextPage endCursor } } } }
      alertEvents(alertIds: [$id], first: 2, after: $after, time: { last: "1h" }) { edges { cursor node { id kind value at } } pageInfo { hasNextPage endCursor } } }`;
    interface Pages {
      node: { events: { nodes: { at: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
      alertEvents: { edges: { node: { at: string } }[]; pageInfo: { endCursor: string } };
    }
    const first = (await reader!.query<Pages>(PAGE, { id: alert.id })).data!;
    expect(first.node.events).toMatchObject({ pageInfo: { hasNextPage: true } });
    expect(first.node.events.nodes[0]).toMatchObject({ sample: [], deliveries: [], alert: { name: 'paged' } });
    expect(first.alertEvents.pageInfo.endCursor).toBe(first.node.events.pageInfo.endCursor);
    const second = (await reader!.query<Pages>(PAGE, { id: alert.id, after: first.alertEvents.pageInfo.endCursor }))
      .data!;
    const seen = [first, second].flatMap(({ alertEvents }) => alertEvents.edges.map(({ node }) => node.at));
    expect(seen).toEqual([30, 40, 50].map(minuteAgo));
    expect(await refused(reader!, PAGE, { id: alert.id, after: 'x' })).toMatchObject({
      extensions: { code: 'CURSOR_INVALID' },
    });
  });
});

test('a subscription tells each event once, from now on, and with its records', async () => {
  await using api = await createTestApi();
  const { sql } = api.database;
  const query = async (document: string, variables: object): Promise<Shown> => {
    const { data } = await api.query(ANYONE, document, variables);
    return Object.values(data!)[0] as Shown;
  };
  const { id: searchId } = await query(SAVE_SEARCH, { input: { name: 'all', query: '' } });
  const input = {
    name: 'cost',
    searchId,
    measure: 'LLM_COST_USD',
    threshold: 0.5,
    window: 'PT1M',
    cooldown: 'PT0S',
    notifierIds: [],
  };
  const alert = await query(SAVE, { input });
  const minute = minuteAgo(4);
  await sql`update alert_states set next_minute = ${minute}::timestamptz`;
  await insert(sql, [
    calling({ timestamp: shift(minute, -1000), message: 'long ago' }, { costNanoUsd: 600_000_000 }),
    calling({ timestamp: shift(minute, 119_000), message: 'dear' }, { costNanoUsd: 500_000_000 }),
    record({ timestamp: shift(minute, 119_500), message: 'not a call' }),
  ]);
  const round = makeRound(sql);
  await round(minute, NEVER);
  const stream = await api.subscribe(
    ANYONE,
    `subscription ($ids: [ID!]) { alertEvents(alertIds: $ids) { kind at value sample { message } alert { name state } } }`,
    { ids: [alert.id] },
  );
  // Until it tells the first one, it may not have begun.
  for (let minutes = 25; stream.results.length === 0; minutes--) {
    const at = minuteAgo(minutes);
    const range = { from: minuteAgo(minutes + 1), to: at };
    await insertEvent(sql, { alertId: decodeAlertId(alert.id)!, kind: 'FIRED', at, value: 9, range, sample: [] });
    await until(() => stream.results.length > 0, 500).catch(() => {});
  }
  stream.results.length = 0;
  await round(shift(minute, 120_000), NEVER);
  await until(() => stream.results.length >= 2);
  const event = { alert: { name: 'cost', state: 'FIRING' } };
  expect(stream.results.map(({ data }) => data!.alertEvents)).toEqual([
    { ...event, kind: 'RESOLVED', at: shift(minute, 60_000), value: 0, sample: [] },
    { ...event, kind: 'FIRED', at: shift(minute, 120_000), value: 0.5, sample: [{ message: 'dear' }] },
  ]);
  await api.endSubscriptions();
  await stream.ended;
});
