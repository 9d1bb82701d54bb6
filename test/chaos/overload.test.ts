import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { countStored, NOTHING_WRONG, shown } from '../support/chaos/count.ts';
import { LONG, withHistory } from '../support/chaos/history.ts';
import { watchMemory } from '../support/chaos/memory.ts';
import { acknowledged, startSenders, summary } from '../support/chaos/sender.ts';
import { slowCommits } from '../support/chaos/slow-commits.ts';
import { drained, startWeir } from '../support/chaos/weir.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/server.ts';

const SENDERS = 30;
const RECORDS = 300;
const SECONDS = LONG ? 30 : 9;
const BUFFER_BYTES = 2 * 1024 * 1024;
const COMMITS = { heldMs: 400, freeMs: 50 };
/** What is in the buffer is stored within a few turns of the commit lock: half of the requests at least, on any machine. */
const LATENCY_TURNS_MAX = 12;
/** None waits longer than a write and its retries may take. */
const LATENCY_MS_MAX = 30_000;
/** The last third of the run takes at most this many times the memory of the second: a heap that is short of time grows, too. */
const GROWTH_MAX = 1.6;

const highest = (numbers: number[]): number => Math.max(...numbers);
const quantile = (numbers: number[], q: number): number =>
  Math.round(numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * q)]!);

test(
  'senders that offer several times what can be stored get 503 with Retry-After, while memory and latency stay bounded',
  () =>
    withHistory(async (history) => {
      await using database = await createTestDatabase();
      const settings = { LOGS_DATABASE_URL: database.url, INGEST_BUFFER_BYTES: `${BUFFER_BYTES}` };
      await using weir = await startWeir(settings, history);
      using memory = watchMemory(weir.pid, 250);
      await using commits = await slowCommits(database.url, COMMITS.heldMs, COMMITS.freeMs);
      await using senders = startSenders(SENDERS, {
        url: weir.url,
        repeats: ['never'],
        records: RECORDS,
        pauseMs: 10,
        patient: false,
      });
      await sleep(SECONDS * 1000);
      // A busy machine takes longer to offer too much.
      const isTooMuch = () => senders.sent().length > 2 * acknowledged(senders.sent()).length + SENDERS;
      await until(isTooMuch, 30_000, 'an offer of twice what is accepted');
      await senders.stop();
      await drained(weir, 60_000);

      const sent = senders.sent();
      const accepted = acknowledged(sent).map(({ tries }) => tries[0]!.ms);
      history.note(summary(sent));
      history.note(`memory ${memory}`);
      history.note(`accepted requests: median ${quantile(accepted, 0.5)} ms, p99 ${quantile(accepted, 0.99)} ms`);
      console.log(String(history));

      for (const { tries } of sent.filter(({ outcome }) => outcome !== 'acknowledged')) {
        expect(tries[0]).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^[1-9]\d*$/) });
      }
      const count = await countStored(database.url, sent);
      expect(shown(count)).toEqual(NOTHING_WRONG);
      expect(count.stored).toBe(count.acknowledged);
      expect(quantile(accepted, 0.5)).toBeLessThan(LATENCY_TURNS_MAX * commits.longestMs);
      expect(highest(accepted)).toBeLessThan(LATENCY_MS_MAX);
      const third = Math.floor(memory.megabytes.length / 3);
      const second = highest(memory.megabytes.slice(third, 2 * third));
      expect(highest(memory.megabytes.slice(2 * third))).toBeLessThan(GROWTH_MAX * second);
    }),
  300_000,
);
