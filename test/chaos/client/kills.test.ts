import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { LONG, withHistory } from '../../support/chaos/history.ts';
import { watchMemory } from '../../support/chaos/memory.ts';
import { createPostgres } from '../../support/chaos/postgres.ts';
import { canMount, mountSmallDisk } from '../../support/chaos/small-disk.ts';
import { drained, QUICK, startWeir } from '../../support/chaos/weir.ts';
import { createApplications } from '../../support/client/applications.ts';
import { needs } from '../../support/needs.ts';
import { remove, temporaryFolder, until } from '../../support/server.ts';

const TIMEOUT_MS = 600_000;
const KILLS = LONG ? 20 : 4;
const ALL_IS_WELL = { lost: [], doubled: [], unsent: [] };

test(
  'an application killed again and again, while its server comes and goes, loses nothing older than the window, and stores nothing twice',
  () =>
    withHistory(async (history) => {
      await using stack = new AsyncDisposableStack();
      const postgres = stack.use(await createPostgres());
      const weir = stack.use(await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history));
      const spoolFolder = stack.adopt(await temporaryFolder(), remove);
      const applications = stack.use(createApplications({ url: weir.url, spoolFolder }));
      let due = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const application = applications.start();
        await until(() => application.handedOver() > 0, 30_000, 'a first line');
        if (kill % 2 === 1) await weir.kill();
        await sleep(history.between(5_500, 8_000));
        due += application.handedOver();
        await application.kill();
        history.note(`the application was killed after ${application.handedOver()} lines`);
        if (kill % 2 === 1) await weir.start();
      }
      await applications.emptySpool();
      await drained(weir, 60_000);
      const { stored, ...wrong } = await applications.compare(postgres.url);
      expect(wrong).toEqual(ALL_IS_WELL);
      expect(stored).toBeGreaterThan(0);
      history.note(`${stored} lines are stored, ${due} were handed over`);
    }),
  TIMEOUT_MS,
);

test(
  'an application that lives on has each of its lines stored once, while the server is killed and PostgreSQL stops',
  () =>
    withHistory(async (history) => {
      await using stack = new AsyncDisposableStack();
      const postgres = stack.use(await createPostgres());
      const weir = stack.use(await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history));
      const spoolFolder = stack.adopt(await temporaryFolder(), remove);
      const applications = stack.use(createApplications({ url: weir.url, spoolFolder }));
      const application = applications.start();
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(history.between(200, 1_500));
        await weir.kill();
        await until(() => applications.spoolFiles().length > 0, 30_000, 'a file in the spool of the client');
        await weir.start();
        await sleep(history.between(200, 1_500));
        await postgres.stop();
        history.note('PostgreSQL stopped');
        await sleep(history.between(200, 1_500));
        await postgres.start();
      }
      await application.stop();
      await applications.emptySpool();
      await drained(weir, 60_000);
      const { stored, ...wrong } = await applications.compare(postgres.url);
      expect(wrong).toEqual(ALL_IS_WELL);
      expect(stored).toBe(application.handedOver());
    }),
  TIMEOUT_MS,
);

test(
  'with the server away and the disk full, memory stays flat, and the server is told later what was dropped',
  {
    timeout: TIMEOUT_MS,
    ...needs(canMount() ? undefined : 'a tmpfs cannot be mounted: that takes root or CAP_SYS_ADMIN'),
  },
  () =>
    withHistory(async (history) => {
      await using stack = new AsyncDisposableStack();
      const postgres = stack.use(await createPostgres());
      const weir = stack.use(await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history));
      const disk = stack.use(mountSmallDisk('3m'));
      const applications = stack.use(createApplications({ url: weir.url, spoolFolder: disk.folder }));
      await weir.kill();
      const options = { memoryBytesMax: 2_000_000, batchBytesMax: 200_000 };
      const application = applications.start({ lines: 20, padding: 2_000, options });
      // As much as memory and disk take, twice: from then on lines are dropped.
      await until(() => application.handedOver() > 6_000, 60_000, 'a full disk');
      using curve = watchMemory(application.pid, 100);
      await until(() => application.handedOver() > 60_000, 120_000, 'ten times as many lines');
      history.note(String(curve));
      // 120 MB of lines came meanwhile.
      expect(Math.max(...curve.megabytes) - curve.megabytes[0]!).toBeLessThan(60);
      await weir.start();
      await until(
        () => droppedIn(postgres.url).then((count) => count > 0),
        60_000,
        'a record that tells what was dropped',
      );
      application.pause();
      await until(() => applications.spoolFiles().length === 0, 60_000, 'an empty spool of the client');
      await application.stop();
      await applications.emptySpool();
      await drained(weir, 60_000);
      const { doubled, unsent, stored } = await applications.compare(postgres.url);
      expect({ doubled, unsent }).toEqual({ doubled: [], unsent: [] });
      const dropped = await droppedIn(postgres.url);
      expect(stored + dropped).toBe(application.handedOver());
    }),
);

async function droppedIn(databaseUrl: string): Promise<number> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      `select coalesce(sum((attributes->'dropped'->>'total')::bigint), 0) as count from system_logs where component = 'weir-client'`,
    );
    return Number(rows[0]!.count);
  } finally {
    await client.end();
  }
}
