import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbedded } from '../src/db/embedded/embedded-postgres.ts';
import { migrate } from '../src/db/schema/migrate.ts';
import { superuserUrl } from '../test/support/cluster.ts';
import { spawnServer } from '../test/support/server.ts';

export interface Setting extends AsyncDisposable {
  /** The URL of a new, migrated database. */
  createDatabase(): Promise<string>;
  startServer(databaseUrl: string, settings?: Record<string, string>): ReturnType<typeof spawnServer>;
}

/** A PostgreSQL that is started as Weir starts its own. Weir and the raw limit both use it. */
export async function openSetting(): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
  const postgres = await startEmbedded(folder);
  const url = await superuserUrl(folder);
  let count = 0;
  return {
    async createDatabase() {
      const name = `bench_${++count}`;
      await withClient(url, (client) => client.query(`create database ${name} template template0`));
      const ofDatabase = Object.assign(new URL(url), { pathname: `/${name}` }).href;
      await migrate(ofDatabase);
      return ofDatabase;
    },
    startServer: (databaseUrl, settings) =>
      spawnServer({ LOGS_DATABASE_URL: databaseUrl, DATA_DIR: join(folder, `data-${count}`), ...settings }),
    async [Symbol.asyncDispose]() {
      await postgres[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
