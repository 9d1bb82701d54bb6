import { expect, test } from 'vitest';
import { NOTHING_WRONG, shown } from '../support/chaos/count.ts';
import { LONG, withHistory } from '../support/chaos/history.ts';
import { runTails, wrongWith } from '../support/chaos/tails.ts';
import { needs } from '../support/needs.ts';
import { redisMissing } from '../support/redis.ts';

const PLAN = {
  seconds: LONG ? 60 : 12,
  redisKills: LONG ? 3 : 1,
  serverKills: 2,
  postgresRestarts: 1,
  recordsPerRequest: 5,
  pauseMs: 20,
};

test(
  'each of sixteen tails on two servers gets what is stored and matches, once and in one order, whatever failed meanwhile',
  { timeout: LONG ? 900_000 : 300_000, ...needs(redisMissing) },
  () =>
    withHistory(async (history) => {
      const { count, results } = await runTails(PLAN, history);
      expect(results.flatMap(wrongWith)).toEqual([]);
      expect(shown(count)).toEqual(NOTHING_WRONG);
      for (const { stored, resumed } of results) {
        expect(stored.length).toBeGreaterThan(0);
        expect(Math.min(...resumed)).toBeGreaterThan(0);
      }
    }),
);
