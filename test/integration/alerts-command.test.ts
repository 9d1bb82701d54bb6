import { afterAll, beforeAll, expect, test } from 'vitest';
import { shift } from '../../src/log/time.ts';
import { makeAlert, makeNotifier, makeRound, minuteAgo, NEVER } from '../support/alerts.ts';
import { startReceiver } from '../support/receivers.ts';
import { insert, record } from '../support/records.ts';
import { spawnWeir, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ALERT_ALLOW_PRIVATE: '127.0.0.1' });
});
afterAll(() => server[Symbol.asyncDispose]());

async function weir(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  await using spawned = spawnWeir([...words, '--url', server.url]);
  const { code } = await spawned.exited;
  return { code, out: spawned.stdout(), err: spawned.stderr() };
}

test('weir alerts lists what fires, what is unknown, and the others', async () => {
  expect(await weir('alerts')).toEqual({ code: 0, out: '', err: '-- there are no alerts --\n' });
  const { sql } = server.database;
  const minute = minuteAgo(1);
  await makeAlert(sql, {
    name: 'b is\nsilent',
    measure: 'ABSENCE',
    threshold: null,
    query: 'service:b',
    windowMinutes: 5,
    from: minute,
  });
  await makeAlert(sql, { name: 'a fails', query: 'service:a', threshold: 2, windowMinutes: 60, from: minute });
  await insert(sql, [record({ timestamp: shift(minute, -1000), service: 'a' })]);
  await makeRound(sql)(minute, NEVER);
  await makeAlert(sql, { name: 'c is new' });
  const { code, out } = await weir('alerts');
  expect(code).toBe(0);
  expect(out.trim().split('\n')).toEqual([
    expect.stringMatching(/^FIRING {3}b is\\nsilent {2}ABSENCE 0 in 5m {2}.* ago$/),
    expect.stringMatching(/^UNKNOWN {2}c is new {2}COUNT - of 1 in 1m {2}It was not evaluated yet\.$/),
    expect.stringMatching(/^OK {7}a fails {2}COUNT 1 of 2 in 1h {2}.* ago$/),
  ]);
  const json = (await weir('alerts', '--json')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).name);
  expect(json).toEqual(['a fails', 'b is\nsilent', 'c is new']);
});

test('weir alerts test says which alert it does not know, and what cannot be sent', async () => {
  await makeAlert(server.database.sql, { name: 'tells nobody' });
  expect(await weir('alerts', 'test', 'nobody')).toMatchObject({
    out: '',
    err: expect.stringContaining('expected the name of an alert, got "nobody"'),
  });
  const refused = await weir('alerts', 'test', 'tells nobody');
  expect(refused).toMatchObject({ out: '', err: expect.stringContaining('expected an alert with a notifier') });
  expect(refused.code).not.toBe(0);
});

test('weir alerts test sends a trial to each notifier, and says what came of it', async () => {
  await using receiver = await startReceiver(
    (response, { path }) => void response.writeHead(path === '/bad' ? 500 : 204).end(),
  );
  const { sql } = server.database;
  const { id: good } = await makeNotifier(sql, 'good', `${receiver.url}/good`);
  const { id: bad } = await makeNotifier(sql, 'bad', `${receiver.url}/bad`);
  await makeAlert(sql, { name: 'works', notifierIds: [good] });
  await makeAlert(sql, { name: 'half works', notifierIds: [good, bad] });
  expect(await weir('alerts', 'test', 'works')).toEqual({ code: 0, out: 'good  delivered\n', err: '' });
  expect(JSON.parse((await receiver.got(1))[0]!.body)).toMatchObject({ alert: { name: 'works' } });
  const half = await weir('alerts', 'test', 'half works');
  expect(half.out).toMatch(/^bad {2}not delivered: .*500.*\ngood {2}delivered\n$/);
  expect(half).toMatchObject({ code: 1, err: expect.stringContaining('1 of 2 notifications were not delivered') });
});
