import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { remove, spawnWeir, temporaryFolder, until } from '../support/server.ts';

/** The files of `js` that docs/senders.md shows for Elasticsearch: each names its file in its first line. */
const FILES = Array.from(
  readFileSync('docs/senders.md', 'utf8').matchAll(/^```js\n(\/\/ (elastic-\S+)\n.*?)^```$/gms),
  ([, text, name]): [string, string] => [name!, text!],
);

test('the programs that docs/senders.md shows for Elasticsearch send their records as they are', async () => {
  expect(FILES.map(([name]) => name)).toEqual(['elastic-client.mjs', 'elastic-pino.mjs', 'elastic-winston.mjs']);
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startKeyServer());
  const { key } = await makeKeyIn(server.database, ['INGEST']);
  const folder = stack.adopt(await temporaryFolder(), remove);
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const stored = () => server.database.sql`
    select * from system_logs where message = 'order placed' and attributes ->> '_index' = 'shop'`;
  for (const [at, [name, text]] of FILES.entries()) {
    await writeFile(join(folder, name), text);
    const settings = { WEIR_URL: server.url, WEIR_API_KEY: key };
    await using program = spawnWeir([], settings, { cwd: folder, program: name });
    await until(async () => (await stored()).length === at + 1, 20_000, `${name}: ${program.stderr()}`);
  }
  expect((await stored()).map(({ service, component }) => service === 'shop' || component === 'shop')).toEqual([
    true,
    true,
    true,
  ]);
});
