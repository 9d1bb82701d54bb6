import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { countStored, NOTHING_WRONG, shown } from '../support/chaos/count.ts';
import { type History, LONG, withHistory } from '../support/chaos/history.ts';
import { aimAtPostgres, createPostgres, endPostgres } from '../support/chaos/postgres.ts';
import { acknowledged, REPEATS, type Repeat, type Senders, startSenders } from '../support/chaos/sender.ts';
import { type FallibleWeir, QUICK, settled, startWeir } from '../support/chaos/weir.ts';
import { copyCluster, superuserUrl } from '../support/cluster.ts';
import { remove, temporaryFolder, until } from '../support/server.ts';

const SENDERS = 4;
const KILLS = LONG ? 20 : 6;
const KILL_AFTER_MS = { min: 150, max: 1200 };
const TIMEOUT_MS = LONG ? 600_000 : 300_000;

/** Kills it a random while after something was acknowledged since its start. */
async function killSoon(weir: FallibleWeir, senders: Senders, history: History): Promise<void> {
  const before = acknowledged(senders.sent()).length;
  await until(() => acknowledged(senders.sent()).length > before, 30_000, 'an acknowledged request');
  await sleep(history.between(KILL_AFTER_MS.min, KILL_AFTER_MS.max));
  await weir.kill();
}

/** Senders of each kind of repeat, while the server on an embedded PostgreSQL dies, every other time with that, and comes back. */
async function killAgainAndAgain(repeats: Repeat[], history: History) {
  const folder = await temporaryFolder();
  let onAcknowledged = (): void => {};
  try {
    await copyCluster(folder);
    await using weir = await startWeir({ DATA_DIR: folder }, history);
    await using senders = startSenders(SENDERS, { url: weir.url, repeats, records: 20, pauseMs: 0 }, (n) => ({
      records: [1, 20, 300, 1000][n % 4]!,
      onAcknowledged: () => onAcknowledged(),
    }));
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill % 2 === 0) await killSoon(weir, senders, history);
      else {
        await sleep(history.between(KILL_AFTER_MS.min, KILL_AFTER_MS.max));
        const killPostgres = await aimAtPostgres(folder);
        await new Promise<void>((resolve) => {
          onAcknowledged = () => {
            killPostgres();
            resolve(weir.kill());
            onAcknowledged = () => {};
          };
        });
        history.note('PostgreSQL was killed with it, right after an acknowledgement');
      }
      await weir.start();
    }
    const sent = await settled(weir, senders, history);
    return { sent, count: await countStored(await superuserUrl(folder), sent) };
  } finally {
    await endPostgres(folder);
    await remove(folder);
  }
}

test(
  'a server killed again and again has each acknowledged record once, and none that was not sent',
  () =>
    withHistory(async (history) => {
      const { sent, count } = await killAgainAndAgain(['never'], history);
      expect(shown(count)).toEqual(NOTHING_WRONG);
      expect(count.outOfOrder).toEqual([]);
      expect(sent.filter(({ outcome }) => outcome === 'unanswered').length).toBeGreaterThan(0);
    }),
  TIMEOUT_MS,
);

test(
  'what is repeated under its Idempotency-Key or its uids until it is answered is stored once, however often the server is killed',
  () =>
    withHistory(async (history) => {
      const { sent, count } = await killAgainAndAgain(['by key', 'by uid'], history);
      expect(shown(count)).toEqual(NOTHING_WRONG);
      expect(count.stored).toBe(count.sent);
      expect(count.acknowledged).toBe(count.sent);
      expect(sent.filter(({ tries }) => tries.length > 1).length).toBeGreaterThan(0);
    }),
  TIMEOUT_MS,
);

test(
  'records that only the spool holds when the server is killed are stored once',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using weir = await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history);
      await using senders = startSenders(SENDERS, { url: weir.url, repeats: REPEATS, records: 50, pauseMs: 50 });
      for (let kill = 0; kill < Math.ceil(KILLS / 3); kill++) {
        await postgres.stop();
        history.note('PostgreSQL stopped');
        await until(async () => (await weir.health()).spool.segments > 0, 30_000, 'a segment in the spool');
        await killSoon(weir, senders, history);
        await postgres.start();
        history.note('PostgreSQL started');
        await weir.start();
        await killSoon(weir, senders, history);
        await weir.start();
      }
      const sent = await settled(weir, senders, history);
      expect(sent.filter(({ durability }) => durability === 'SPOOL').length).toBeGreaterThan(0);
      expect(shown(await countStored(postgres.url, sent))).toEqual(NOTHING_WRONG);
    }),
  TIMEOUT_MS,
);
