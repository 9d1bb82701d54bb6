import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer } from '../support/server.ts';

const { cache } = createRequire(import.meta.url);
const modules = (): string[] => Object.keys(cache).filter((path) => path.includes('genai-prices'));

test('a server whose database has model calls loads the price list when it starts, others do not', async () => {
  await using database = await createTestDatabase();
  {
    await using weir = await startTestServer({}, database);
    // Not counted: no price is looked for.
    const call = '{ ingest(logs: [{ message: "tool", llm: { operation: "execute_tool" } }]) { accepted } }';
    expect((await weir.query(`mutation ${call}`)).data).toEqual({ ingest: { accepted: 1 } });
  }
  expect(modules()).toEqual([]);
  await using _weir = await startTestServer({}, database);
  expect(modules()).not.toEqual([]);
});
