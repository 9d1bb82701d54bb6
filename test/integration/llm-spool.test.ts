import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { calling, record } from '../support/records.ts';
import { remove, spawnServer, temporaryFolder, until } from '../support/server.ts';
import { batchOf, openTestSpool } from '../support/spool.ts';

const BATCHES = 120;

test('spooled calls and contents are stored once, although the server is killed while it replays them', async () => {
  await using stack = new AsyncDisposableStack();
  const { sql, url } = stack.use(await createTestDatabase());
  const folder = stack.adopt(await temporaryFolder(), remove);
  const spooled = Array.from({ length: BATCHES }, (_, n) =>
    batchOf([
      calling({ message: `call ${n}` }, { inputTokens: n }, { input: `question ${n}`, output: null }),
      record(),
    ]),
  );
  {
    await using spool = await openTestSpool(join(folder, 'spool'));
    for (const batch of spooled) await spool.append(batch);
  }
  const settings = { LOGS_DATABASE_URL: url, DATA_DIR: folder };
  const count = async (): Promise<number> =>
    (await sql<{ count: number }[]>`select count(*) as count from llm_logs`)[0]!.count;
  {
    await using server = await spawnServer(settings);
    await until(async () => (await count()) > 0, 30_000, 'the first call');
    server.process.kill('SIGKILL');
    await server.exited;
  }
  await using server = await spawnServer(settings);
  const segments = async () => {
    const { data } = await server.query<{ health: { spool: { segments: number } } }>(
      '{ health { spool { segments } } }',
    );
    return data?.health.spool.segments;
  };
  await until(async () => (await segments()) === 0, 60_000, 'an empty spool');
  const stored = await sql<{ message: string; tokens: number; input: string }[]>`
    select message, input_tokens as tokens, input from system_logs
    join llm_logs using (ts, uid) join llm_contents using (ts, uid) order by input_tokens`;
  expect(stored).toEqual(spooled.map((_, n) => ({ message: `call ${n}`, tokens: n, input: `question ${n}` })));
  expect(await count()).toBe(BATCHES);
});
