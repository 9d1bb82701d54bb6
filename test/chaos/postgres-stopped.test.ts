import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectAllStored } from '../support/chaos/all-stored.ts';
import { countStored } from '../support/chaos/count.ts';
import { LONG, withHistory } from '../support/chaos/history.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { type Repeat, type Sent, startSenders } from '../support/chaos/sender.ts';
import { drained, QUICK, replayed, settled, startWeir } from '../support/chaos/weir.ts';
import { until } from '../support/server.ts';

const STOPS = 3;
/** Senders slower than replay on any machine: what comes during replay is spooled, too, and replay must catch up. */
const PAUSE_MS = 50;
const STOPPED_MS = LONG ? 10_000 : 3000;
const TIMEOUT_MS = LONG ? 900_000 : 300_000;
const REPEATS: Repeat[] = ['never', 'by key', 'by uid', 'never'];

const answersOtherThan200 = (sent: Sent[]): unknown[] =>
  sent.flatMap(({ sender, first, tries }) =>
    tries.filter(({ status }) => status !== 200).map((outcome) => ({ sender, first, ...outcome })),
  );

test(
  'senders see no error while PostgreSQL is stopped under load, and nothing is lost, doubled or out of order',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using weir = await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history);
      await using senders = startSenders(4, { url: weir.url, repeats: REPEATS, records: 50, pauseMs: PAUSE_MS });
      for (let stop = 0; stop < STOPS; stop++) {
        await sleep(history.between(200, 1000));
        await postgres.stop();
        history.note('PostgreSQL stopped');
        await sleep(STOPPED_MS);
        await postgres.start();
        history.note('PostgreSQL started');
        await replayed(weir, 60_000);
        history.note('the spool is empty');
      }
      const sent = await settled(weir, senders, history);
      expect(answersOtherThan200(sent).slice(0, 5)).toEqual([]);
      expect(sent.filter(({ durability }) => durability === 'SPOOL').length).toBeGreaterThan(0);
      await expectAllStored(postgres.url, sent);
    }),
  TIMEOUT_MS,
);

test(
  'a server killed in the middle of replay goes on where it was, and stores each batch once',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using weir = await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history);
      await using senders = startSenders(4, { url: weir.url, repeats: ['never'], records: 500, pauseMs: 0 });
      await postgres.stop();
      history.note('PostgreSQL stopped');
      await sleep(STOPPED_MS);
      await senders.stop();
      const spooled = (await weir.health()).spool;
      history.note(`in the spool: ${JSON.stringify(spooled)}`);
      expect(spooled.segments).toBeGreaterThan(0);
      const records = senders.sent().reduce((sum, { count }) => sum + count, 0);
      await postgres.start();
      const isReplaying = async (): Promise<boolean> => {
        const { stored } = await countStored(postgres.url, []);
        return stored > records / 10;
      };
      await until(isReplaying, 60_000, 'a tenth of the spool stored');
      await weir.kill();
      const { stored } = await countStored(postgres.url, []);
      history.note(`killed with ${stored} of ${records} records stored`);
      expect(stored).toBeLessThan(records);
      await weir.start();
      await drained(weir, 60_000);
      await expectAllStored(postgres.url, senders.sent());
    }),
  TIMEOUT_MS,
);
