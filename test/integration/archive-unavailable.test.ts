import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createArchivedDatabase, onlyFile } from '../support/archive.ts';
import { bearer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { scrape } from '../support/metrics.ts';
import { insert, record } from '../support/records.ts';
import { createClient, startTestServer, until } from '../support/server.ts';

const OLD = '"2026-11-21T00:00:00Z"';
const NEW = '"2026-11-22T00:00:00Z"';

test('a question that needs a file which is cut fails with ARCHIVE_UNAVAILABLE and its path; the others do not', async () => {
  await using archived = await createArchivedDatabase();
  const { sql, folder, database } = archived;
  await insert(sql, [
    record({ timestamp: '2026-11-21T01:00:00.000000Z' }),
    record({ timestamp: '2026-11-22T01:00:00.000000Z' }),
  ]);
  await archived.archivePartitions(['system_logs_20261121']);
  const path = onlyFile(folder, 'logs/day=2026-11-21');
  await using server = await startKeyServer({ ARCHIVE_DIR: folder, METRICS: 'open' }, database);
  const { key } = await makeKeyIn(database, ['READ']);
  const client = createClient(server.url, bearer(key));
  const ask = `{
    old: logs(first: 5, time: { from: ${OLD}, to: ${NEW} }) { nodes { timestamp } }
    new: logs(first: 5, time: { from: ${NEW}, to: "2026-11-23T00:00:00Z" }) { nodes { timestamp } }
  }`;
  const stored = { nodes: [{ timestamp: '2026-11-22T01:00:00.000000Z' }] };
  expect(await client.query(ask)).toEqual({
    data: { old: { nodes: [{ timestamp: '2026-11-21T01:00:00.000000Z' }] }, new: stored },
  });
  await truncate(join(folder, path), 100);
  const cut = await client.query(ask);
  expect(cut).toMatchObject({
    data: { old: null, new: stored },
    errors: [{ path: ['old', 'nodes'], extensions: { code: 'ARCHIVE_UNAVAILABLE' } }],
  });
  expect(cut.errors).toHaveLength(1);
  expect(cut.errors![0]!.message).toMatch(
    /^a file of the archive cannot be read: logs\/day=2026-11-21\/system_logs_20261121-[0-9a-f]{8}\.parquet: expected \d+ bytes, found 100$/,
  );
  await unlink(join(folder, path));
  const gone = await client.query(ask);
  expect(gone.errors![0]!.message).toBe(
    `a file of the archive cannot be read: ${path}: expected a file of the archive, found none`,
  );
  const series = await scrape(server.url);
  expect(series.get('weir_archive_question_failures_total{code="ARCHIVE_UNAVAILABLE"}')).toBe(2);
  expect(series.get('weir_archive_question_duration_seconds_count')).toBe(3);
  expect(series.get('weir_graphql_errors_total{code="ARCHIVE_UNAVAILABLE"}')).toBe(2);
});

test('a server without ARCHIVE_DIR fails for archived times, and answers nothing in part', async () => {
  await using archived = await createArchivedDatabase();
  await insert(archived.sql, [record({ timestamp: '2026-11-21T01:00:00.000000Z' })]);
  await archived.archivePartitions();
  await using server = await startTestServer({}, archived.database);
  await until(async () => {
    const { data } = await server.query<{ storage: { archive: object | null } }>('{ storage { archive { files } } }');
    return data?.storage.archive;
  });
  expect(
    await server.query(`{ logs(first: 5, time: { from: ${OLD}, to: ${NEW} }) { nodes { timestamp } } }`),
  ).toMatchObject({
    data: { logs: null },
    errors: [{ extensions: { code: 'ARCHIVE_UNAVAILABLE' } }],
  });
});
