import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectAllStored } from '../support/chaos/all-stored.ts';
import { LONG, withHistory } from '../support/chaos/history.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { type Cut, createProxy } from '../support/chaos/proxy.ts';
import { acknowledged, REPEATS, startSenders } from '../support/chaos/sender.ts';
import { QUICK, settled, startWeir } from '../support/chaos/weir.ts';
import { until } from '../support/server.ts';

const FREEZES = LONG ? 6 : 2;
const CUTS = LONG ? 10 : 3;
/** Longer than a writer waits for an answer (10 s): its transaction goes on, or not, after it was given up. */
const LONG_FREEZE_MS = 14_000;
/** Two attempts of 10 s, a connection of 5 s for each, and twice that for a busy machine. */
const ANSWER_MS_MAX = 80_000;
/** QUERY_TIMEOUT is 2 s here; a question may ask the database twice, and connect before. The rest is for a busy machine. */
const QUESTION_MS_MAX = 40_000;
const TIMEOUT_MS = LONG ? 600_000 : 300_000;

test(
  'requests outlast a freeze of PostgreSQL, short or longer than a write may take, and are stored once',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using weir = await startWeir({ LOGS_DATABASE_URL: postgres.url, ...QUICK }, history);
      await using senders = startSenders(6, { url: weir.url, repeats: REPEATS, records: 50, pauseMs: 2 });
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
      const sent = await settled(weir, senders, history);
      const tries = sent.flatMap((request) => request.tries);
      expect(tries.filter(({ status }) => status !== 200)).toEqual([]);
      expect(Math.max(...tries.map(({ ms }) => ms))).toBeLessThan(ANSWER_MS_MAX);
      await expectAllStored(postgres.url, sent);
    }),
  TIMEOUT_MS,
);

test(
  'questions and health are answered in time while PostgreSQL is frozen, and as ever afterwards',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      const settings = { LOGS_DATABASE_URL: postgres.url, QUERY_TIMEOUT: '2s', ...QUICK };
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
    }),
  TIMEOUT_MS,
);

test(
  'a connection cut in a COPY, before or after a commit costs no record and doubles none, and no sender notices',
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      await using proxy = await createProxy(postgres.port);
      const url = Object.assign(new URL(postgres.url), { port: String(proxy.port) }).href;
      await using weir = await startWeir({ LOGS_DATABASE_URL: url, ...QUICK }, history);
      await using senders = startSenders(6, { url: weir.url, repeats: REPEATS, records: 200, pauseMs: 2 });
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
      const sent = await settled(weir, senders, history);
      expect(sent.filter(({ tries }) => tries.some(({ status }) => status !== 200))).toEqual([]);
      await expectAllStored(postgres.url, sent);
    }),
  TIMEOUT_MS,
);
