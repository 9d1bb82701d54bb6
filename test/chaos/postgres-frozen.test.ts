import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { countStored, NOTHING_WRONG, shown } from '../support/chaos/count.ts';
import { LONG, withHistory } from '../support/chaos/history.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { type Cut, createProxy } from '../support/chaos/proxy.ts';
import { acknowledged, type Repeat, startSenders, summary } from '../support/chaos/sender.ts';
import { drained, QUICK, startWeir } from '../support/chaos/weir.ts';
import { remove, temporaryFolder, until } from '../support/server.ts';

const FREEZES = LONG ? 6 : 2;
const CUTS = LONG ? 10 : 3;
/** Longer than a writer waits for an answer (10 s): its transaction goes on, or not, after it was given up. */
const LONG_FREEZE_MS = 14_000;
/** Two attempts of 10 s, a connection of 5 s for each, and some more for a busy machine. */
const ANSWER_MS_MAX = 40_000;
/** QUERY_TIMEOUT is 2 s here; a question may ask the database twice, and connect before. */
const QUESTION_MS_MAX = 15_000;
const TIMEOUT_MS = LONG ? 600_000 : 120_000;
const REPEATS: Repeat[] = ['never', 'by key', 'by uid'];

test(
  'requests outlast a freeze of PostgreSQL, short or longer than a write may take, and are stored once',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres(await temporaryFolder());
      const folder = await temporaryFolder();
      try {
        await using weir = await startWeir({ LOGS_DATABASE_URL: postgres.url, DATA_DIR: folder, ...QUICK }, history);
        await using senders = startSenders(6, { url: weir.url, repeat: 'never', records: 50, pauseMs: 2 }, (n) => ({
          repeat: REPEATS[n % REPEATS.length]!,
        }));
        for (let freeze = 0; freeze < FREEZES; freeze++) {
          await sleep(history.between(300, 1000));
          await postgres.freeze();
          history.note('PostgreSQL frozen');
          await sleep(freeze === 0 ? LONG_FREEZE_MS : history.between(2000, 6000));
          postgres.thaw();
          history.note('PostgreSQL goes on');
        }
        const before = acknowledged(senders.sent()).length;
        await until(() => acknowledged(senders.sent()).length > before + 20, 30_000, '20 more acknowledged requests');
        await senders.stop();
        await drained(weir, 60_000);
        history.note(summary(senders.sent()));
        const tries = senders.sent().flatMap((sent) => sent.tries);
        expect(tries.filter(({ status }) => status !== 200)).toEqual([]);
        expect(Math.max(...tries.map(({ ms }) => ms))).toBeLessThan(ANSWER_MS_MAX);
        const count = await countStored(postgres.url, senders.sent());
        expect(shown(count)).toEqual(NOTHING_WRONG);
        expect(count.stored).toBe(count.sent);
        expect(count.outOfOrder).toEqual([]);
      } finally {
        await remove(folder);
      }
    }),
  TIMEOUT_MS,
);

test(
  'questions and health are answered in time while PostgreSQL is frozen, and as ever afterwards',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres(await temporaryFolder());
      const folder = await temporaryFolder();
      try {
        const settings = { LOGS_DATABASE_URL: postgres.url, DATA_DIR: folder, QUERY_TIMEOUT: '2s', ...QUICK };
        await using weir = await startWeir(settings, history);
        await weir.ingest('{"message":"before"}');
        const ask = async () => {
          const asked = performance.now();
          const { data, errors } = await weir.query<{ logs: { nodes: object[] } | null }>(
            '{ logs { nodes { message } } }',
          );
          return { nodes: data?.logs?.nodes, code: errors?.[0]?.extensions.code, ms: performance.now() - asked };
        };
        expect((await ask()).nodes).toHaveLength(1);
        await postgres.freeze();
        history.note('PostgreSQL frozen');
        const [question, health, ready] = await Promise.all([ask(), weir.health(), fetch(`${weir.url}/readyz`)]);
        history.note(`answered: ${JSON.stringify(question)}`);
        expect(['QUERY_TIMEOUT', 'DATABASE_UNAVAILABLE']).toContain(question.code);
        expect(question.ms).toBeLessThan(QUESTION_MS_MAX);
        expect(health.status).toBe('UNHEALTHY');
        expect(ready.status).toBe(503);
        postgres.thaw();
        history.note('PostgreSQL goes on');
        await until(async () => (await ask()).nodes?.length === 1, 20_000, 'an answer as before');
        await until(async () => (await weir.health()).status === 'HEALTHY', 20_000, 'a healthy server');
      } finally {
        await remove(folder);
      }
    }),
  TIMEOUT_MS,
);

test(
  'a connection cut in a COPY, before or after a commit costs no record and doubles none, and no sender notices',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres(await temporaryFolder());
      await using proxy = await createProxy(postgres.port);
      const folder = await temporaryFolder();
      try {
        const url = Object.assign(new URL(postgres.url), { port: String(proxy.port) }).href;
        await using weir = await startWeir({ LOGS_DATABASE_URL: url, DATA_DIR: folder, ...QUICK }, history);
        await using senders = startSenders(6, { url: weir.url, repeat: 'never', records: 200, pauseMs: 2 }, (n) => ({
          repeat: REPEATS[n % REPEATS.length]!,
        }));
        for (let round = 0; round < CUTS; round++) {
          const cuts: Cut[] = [
            { at: 'inCopy', bytes: history.between(10_000, 400_000) },
            { at: 'beforeCommit' },
            { at: 'afterCommit' },
          ];
          for (const cut of cuts) {
            history.note(`the next to be cut: ${JSON.stringify(cut)}`);
            await proxy.cut(cut);
            await sleep(history.between(100, 400));
          }
        }
        await senders.stop();
        await drained(weir, 60_000);
        history.note(summary(senders.sent()));
        const count = await countStored(postgres.url, senders.sent());
        expect(shown(count)).toEqual(NOTHING_WRONG);
        expect(senders.sent().filter(({ tries }) => tries.some(({ status }) => status !== 200))).toEqual([]);
        expect(count.stored).toBe(count.sent);
        expect(count.outOfOrder).toEqual([]);
      } finally {
        await remove(folder);
      }
    }),
  TIMEOUT_MS,
);
