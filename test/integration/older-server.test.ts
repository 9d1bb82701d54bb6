import { expect, test } from 'vitest';
import { installProgram, whyNot } from '../support/data-dir-0.1.0.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { isRegistryUnreachable, UNREACHABLE_NOTE } from '../support/registry.ts';
import { createClient, remove, spawnServer, spawnWeir, temporaryFolder, until } from '../support/server.ts';

const problem = await whyNot();
if (problem) console.log(`skipped: ${problem}`);
const LONG_MS = 400_000;
const BATCHES = 30;

interface Messages {
  logs: { totalCount: number; edges: { node: { message: string } }[] };
}

test.skipIf(problem)(
  'a server of 0.1.0 goes on beside one that upgrades the database: a search, a count and a tail have the records of both',
  async ({ skip }) => {
    await using program = await installProgram().catch((error) => {
      if (!isRegistryUnreachable(error)) throw error;
      console.log(UNREACHABLE_NOTE);
      return skip();
    });
    await using database = await createEmptyDatabase();
    const folders = [await temporaryFolder(), await temporaryFolder()] as const;
    const settingsOf = (folder: string) => ({ DATA_DIR: folder, LOGS_DATABASE_URL: database.url, PORT: '0' });
    {
      await using spawned = spawnWeir(['serve'], settingsOf(folders[0]), {
        cwd: program.folder,
        program: program.main,
      });
      const [, url] = await spawned.says(/GraphiQL\s+(http:\S+)\/graphql/, 120_000);
      const older = createClient(url!);
      let sent = 0;
      const send = async (client: typeof older, name: string): Promise<void> => {
        const line = { message: `${name} needle ${sent++}`, attributes: { note: `${name} thread` } };
        expect((await client.ingest(JSON.stringify(line))).status).toBe(200);
      };
      for (let n = 0; n < 5; n++) await send(older, 'before');
      // While the newer one starts and changes the schema, the older one stores on.
      let upgrading = true;
      const storing = (async () => {
        while (upgrading) await send(older, 'meanwhile');
      })();
      await using server = await spawnServer(settingsOf(folders[1]));
      upgrading = false;
      await storing;
      await using tail = spawnWeir(['tail', '--json', '--url', server.url]);
      await until(async () => {
        await send(server, 'waiting');
        return tail.stdout().includes('waiting');
      }, 60_000);
      for (let n = 0; n < BATCHES; n++) {
        await send(older, 'older');
        await send(server, 'newer');
      }

      const search = async (filter: string) =>
        (
          await server.query<Messages>(
            `{ logs(first: 1000, filter: { ${filter} }) { totalCount edges { node { message } } } }`,
          )
        ).data!.logs;
      const ofAll = await search('messageContains: "NEEDLE"');
      expect(ofAll.totalCount).toBe(sent);
      expect(ofAll.edges).toHaveLength(sent);
      for (const text of ['before needle', 'meanwhile needle', 'older needle', 'newer needle']) {
        const { edges, totalCount } = await search(`messageContains: "${text}"`);
        expect(edges.length).toBe(totalCount);
        expect(edges.length).toBeGreaterThan(0);
        expect(edges.every(({ node }) => node.message.startsWith(text))).toBe(true);
      }
      expect((await search('textContains: "older thread"')).edges).toHaveLength(BATCHES);
      expect((await search('messageContains: "needle nowhere"')).edges).toEqual([]);
      await until(async () => {
        const lines = tail.stdout();
        return Array.from({ length: 2 * BATCHES }, (_, n) => sent - 1 - n).every((n) => lines.includes(`needle ${n}"`));
      }, 60_000);
      await until(
        async () => (await database.sql`select from log_block_gaps`).length === 0,
        60_000,
        'the blocks of the older one are made',
      );
      expect((await search('messageContains: "older needle"')).edges).toHaveLength(BATCHES);
      expect((await search('textContains: "older thread"')).edges).toHaveLength(BATCHES);
    }
    for (const folder of folders) await remove(folder);
  },
  LONG_MS,
);
