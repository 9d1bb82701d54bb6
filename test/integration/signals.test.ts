import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endPostgres } from '../support/chaos/postgres.ts';
import { copyCluster } from '../support/cluster.ts';
import { createTestDatabase } from '../support/database.ts';
import { needs } from '../support/needs.ts';
import { remove, spawnServer, temporaryFolder, until } from '../support/server.ts';
import { inTerminal, TERMINAL_MISSING } from '../support/terminal.ts';

const CTRL_C = '\x03';

test(
  'one Ctrl-C at `npm start` in a terminal stores what was taken in, and stops PostgreSQL',
  needs(TERMINAL_MISSING),
  async () => {
    const folder = await temporaryFolder();
    await copyCluster(folder);
    const terminal = spawn(...inTerminal('npm start'), {
      env: { ...process.env, LOGS_DATABASE_URL: '', DATA_DIR: folder, PORT: '0' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      let said = '';
      terminal.stdout.on('data', (chunk) => {
        said += chunk;
      });
      const ended = once(terminal, 'close');
      await until(() => /GraphiQL\s+http:\S+\/graphql/.test(said), 60_000, 'a server that is ready');
      terminal.stdin.write(CTRL_C);
      expect(await ended, said).toEqual([0, null]);
      expect(said).toContain('Closing: accepted records are stored first.');
      // PostgreSQL removes this file as the last step of an orderly end.
      expect(existsSync(join(folder, 'postgres/postmaster.pid'))).toBe(false);
    } finally {
      terminal.kill('SIGKILL');
      await endPostgres(folder);
      await remove(folder);
    }
  },
);

test('signals that repeat until the server is gone leave its end an orderly one', async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  await using server = await spawnServer({ DATA_DIR: folder, LOGS_DATABASE_URL: database.url });
  const repeat = setInterval(() => server.process.kill('SIGINT'), 2);
  const { code, signal } = await server.exited;
  clearInterval(repeat);
  expect([code, signal]).toEqual([0, null]);
  await remove(folder);
});

test('a repeated signal is the same request, and a later one ends the server at once', async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  await using server = await spawnServer({ DATA_DIR: folder, LOGS_DATABASE_URL: database.url });
  await server.ingest('{"message":"first"}');
  const blocker = await database.sql.reserve();
  await blocker`begin`;
  await blocker`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`;
  const waiting = server.ingest('{"message":"never answered"}').catch(() => 'cut');
  await until(async () => {
    const [row] = await database.sql<
      { n: number }[]
    >`select count(*) as n from pg_locks where locktype = 'advisory' and not granted`;
    return row!.n > 0;
  });
  server.process.kill('SIGTERM');
  await server.says(/Closing/);
  // The server waits for the record. While signals repeat the first, it goes on waiting.
  let signals = 1;
  const repeat = setInterval(() => {
    signals++;
    server.process.kill('SIGTERM');
  }, 100);
  const { code } = await server.exited;
  clearInterval(repeat);
  expect(code).toBe(130);
  expect(server.stderr()).toContain('Ended at once by another SIGTERM.');
  expect(signals).toBeGreaterThan(2);
  expect(await waiting).toBe('cut');
  await blocker`rollback`;
  blocker.release();
  await remove(folder);
});
