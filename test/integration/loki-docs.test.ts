import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { remove, spawnWeir, temporaryFolder } from '../support/server.ts';

/** The programs that the section on Loki of docs/senders.md shows. */
const SECTION = /^## Loki$.*?(?=^## )/ms.exec(readFileSync('docs/senders.md', 'utf8'))![0];
const PROGRAMS = Array.from(SECTION.matchAll(/^```js\n(.*?)^```$/gms), ([, text]) => text!);

test('the libraries that docs/senders.md shows for Loki send as they are configured there', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), remove);
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const server = stack.use(await startKeyServer());
  const { key } = await makeKeyIn(server.database, ['INGEST']);
  expect(PROGRAMS).toHaveLength(2);
  for (const [index, text] of PROGRAMS.entries()) {
    const configured = text.replaceAll('http://127.0.0.1:4000', server.url).replaceAll('weir_...', key);
    const file = join(folder, text.includes('require(') ? `${index}.cjs` : `${index}.mjs`);
    await writeFile(file, `${configured}\nlogger.info('shown ${index}');\nif (logger.end) logger.end();\n`);
    await using run = spawnWeir([], {}, { cwd: folder, program: file });
    expect(await run.exited, run.stderr()).toMatchObject({ code: 0 });
  }
  const stored = async () =>
    Array.from(
      await server.database.sql`select message, service from system_logs where message like 'shown%' order by message`,
    );
  await expect.poll(stored, { timeout: 60_000 }).toEqual([
    { message: 'shown 0', service: 'shop' },
    { message: 'shown 1', service: 'shop' },
  ]);
});
