import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { createTestApi, type TestApi } from '../support/api.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { expectExactRollups, uidsOf } from '../support/both-stores.ts';
import { insert, record } from '../support/records.ts';
import { spawnWeir } from '../support/server.ts';

const DATES = ['2001-05-01', '2002-05-01', '2002-06-01'];

/** The API over HTTP. */
async function listen(api: TestApi): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const { query, variables } = JSON.parse(await text(request));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await api.query(ANYONE, query, variables)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

test('the mutation `cleanup` and `weir cleanup` remove archived records', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, database } = archived;
  await insert(
    sql,
    DATES.flatMap((date) =>
      ['web', 'billing'].map((service) => record({ service, timestamp: `${date}T00:00:00.000000Z` })),
    ),
  );
  await archived.archivePartitions();
  await using api = await createTestApi({ database, cleanups: sql });
  const clean = async (input: string) =>
    (
      await api.query(
        ANYONE,
        `mutation { cleanup(input: ${input}) { dryRun complete matched deleted partitionsDropped freedBytes } }`,
      )
    ).data?.cleanup;
  const web = 'cutoff: { before: "2002-06-01T00:00:00Z" }, filter: { services: ["web"] }';
  const none = { complete: true, partitionsDropped: [], freedBytes: 0 };
  expect(await clean(`{ ${web}, dryRun: true }`)).toEqual({ ...none, dryRun: true, matched: 2, deleted: 0 });
  expect(await clean(`{ ${web}, dryRun: false }`)).toEqual({ ...none, dryRun: false, matched: 2, deleted: 2 });
  expect(await clean(`{ ${web}, dryRun: true }`)).toMatchObject({ matched: 0 });
  const events = await sql<{ deleted: number }[]>`select (details ->> 'deleted')::integer as deleted from audit_events`;
  expect(events).toEqual([{ deleted: 2 }]);

  await using server = await listen(api);
  const weir = async (...args: string[]): Promise<string> => {
    await using command = spawnWeir(['cleanup', '--url', server.url, ...args]);
    expect(await command.exited).toMatchObject({ code: 0 });
    return command.stdout();
  };
  const before = ['--before', '2002-06-01T00:00:00Z'];
  expect(await weir(...before, '--dry-run')).toBe(
    '2 records would be deleted; whole partitions: system_logs_20010101\n',
  );
  expect(await weir(...before, '--yes')).toMatch(
    /^2 records, \S+ \S+ deleted; whole partitions: system_logs_20010101\n$/,
  );
  expect(await uidsOf(sql)).toHaveLength(2);
  await expectExactRollups(sql);
});
