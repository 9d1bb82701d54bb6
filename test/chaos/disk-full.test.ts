import { expect, test } from 'vitest';
import { countStored, NOTHING_WRONG, shown } from '../support/chaos/count.ts';
import { withHistory } from '../support/chaos/history.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { REPEATS, type Sent, startSenders } from '../support/chaos/sender.ts';
import { canMount, mountSmallDisk } from '../support/chaos/small-disk.ts';
import { QUICK, replayed, settled, startWeir } from '../support/chaos/weir.ts';
import { needs } from '../support/needs.ts';
import { until } from '../support/server.ts';

const TIMEOUT_MS = 300_000;

const refusals = (sent: Sent[]) =>
  sent.flatMap(({ tries }) => tries.flatMap((outcome) => (outcome.status === 503 ? [outcome] : [])));
const lastIsSpooled = (sent: Sent[]): boolean => sent.at(-1)?.durability === 'SPOOL';

test(
  'a full disk under the spool is told to senders and in health, and is over when there is room',
  {
    timeout: TIMEOUT_MS,
    ...needs(canMount() ? undefined : 'a tmpfs cannot be mounted: that takes root or CAP_SYS_ADMIN'),
  },
  () =>
    withHistory(async (history) => {
      await using postgres = await createPostgres();
      using disk = mountSmallDisk('2m');
      await using weir = await startWeir(
        { LOGS_DATABASE_URL: postgres.url, FALLBACK_DIRECTORY: disk.folder, ...QUICK },
        history,
      );
      await using senders = startSenders(3, { url: weir.url, repeats: REPEATS, records: 100, pauseMs: 5 });
      await postgres.stop();
      history.note('PostgreSQL stopped');
      await until(() => lastIsSpooled(senders.sent()), 30_000, 'a spooled request');
      await until(() => refusals(senders.sent()).length >= 3, 60_000, 'three refusals');
      history.note('the disk is full');
      for (const { retryAfter } of refusals(senders.sent())) expect(Number(retryAfter)).toBeGreaterThan(0);

      const health = await weir.health();
      expect(health.status).toBe('UNHEALTHY');
      expect(health.problems.map(({ message }) => message).join(' ')).toMatch(/disk.*full|ENOSPC/i);
      const ready = await fetch(`${weir.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toMatch(/disk.*full|ENOSPC/i);

      disk.grow('256m');
      history.note('the disk has room');
      const before = senders.sent().length;
      const spooledAgain = () =>
        senders
          .sent()
          .slice(before)
          .some(({ durability }) => durability === 'SPOOL');
      await until(spooledAgain, 40_000, 'a request that is spooled again');
      await postgres.start();
      history.note('PostgreSQL started');
      await replayed(weir, 60_000);
      const sent = await settled(weir, senders, history);
      expect((await weir.health()).problems).toEqual([]);
      expect((await fetch(`${weir.url}/readyz`)).status).toBe(200);
      expect(shown(await countStored(postgres.url, sent))).toEqual(NOTHING_WRONG);
    }),
);
