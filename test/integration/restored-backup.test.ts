import { expect, test } from 'vitest';
import { migrate } from '../../src/db/schema/migrate.ts';
import { copyDatabase, createTestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Stores a record. @returns the tail cursor after it */
async function store(server: TestServer, message: string): Promise<string> {
  const response = await server.ingest(JSON.stringify({ message }));
  return ((await response.json()) as { cursor: string }).cursor;
}

/** The messages of the first event of a tail after a cursor, or the code of its error. */
async function tailAfter(server: TestServer, cursor: string): Promise<string[] | string> {
  const query = `subscription { tail(after: "${cursor}") { logs { message } } }`;
  const url = `${server.url}/graphql?${new URLSearchParams({ query })}`;
  const response = await fetch(url, { headers: { accept: 'text/event-stream' } });
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const [, json] = /^data: (\{.*)$/m.exec(chunk) ?? [];
    if (json === undefined) continue;
    const { data, errors } = JSON.parse(json) as {
      data?: { tail: { logs: { message: string }[] } } | null;
      errors?: { extensions: { code: string } }[];
    };
    return errors ? errors[0]!.extensions.code : data!.tail.logs.map(({ message }) => message);
  }
  throw new Error('the tail ended without an event');
}

test('a cursor of a batch that a restored backup lacks is refused, and one from before the backup goes on', async () => {
  await using database = await createTestDatabase();
  await database.sql.end();
  let kept: string;
  {
    await using server = await startTestServer({}, database);
    kept = await store(server, 'kept');
  }
  await using backup = await copyDatabase(database);
  const lost: string[] = [];
  {
    await using server = await startTestServer({}, database);
    for (const message of ['lost 1', 'lost 2', 'lost 3']) lost.push(await store(server, message));
  }
  await using restored = await startTestServer({}, backup);
  // As many as were lost, and more: each lost batch has a place in the commit order again.
  for (const message of ['other 1', 'other 2', 'other 3', 'other 4']) await store(restored, message);
  for (const cursor of lost) expect(await tailAfter(restored, cursor)).toBe('CURSOR_EXPIRED');
  expect(await tailAfter(restored, kept)).toEqual(['other 1', 'other 2', 'other 3', 'other 4']);
});

test('starts at the same time, and one after the other, give every batch an id of its own', async () => {
  await using database = await createTestDatabase();
  const draw = async (): Promise<number> =>
    (await database.sql<{ id: number }[]>`select nextval('ingest_batches_id_seq') as id`)[0]!.id;
  const ids = [await draw()];
  for (let start = 0; start < 3; start++) {
    await Promise.all([migrate(database.url), migrate(database.url), draw().then((id) => ids.push(id))]);
    ids.push(await draw());
  }
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.at(-1)).toBeGreaterThan((Date.now() - 3_600_000) * 1000);
});
