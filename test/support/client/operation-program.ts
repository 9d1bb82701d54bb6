// An operation as a program of its own: OPERATION has the plan, stdout gets its log.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { runOperation } from '../../../client/src/operation.ts';

export interface Plan {
  dir: string;
  count: number;
  /** Items from here on wait until the run stops, so that a test can stop it there on any machine. */
  holdFrom?: number;
  /** Items without end, handled without ever waiting for the event loop. */
  busy?: boolean;
  bar?: boolean;
}

export const [FAILING, HANGING, SLOW] = [7, 11, 13];
/** One line for each time that an item is handled to its end. */
export const HANDLED_FILE = 'handled.txt';

if (import.meta.main) {
  const { dir, count, holdFrom = count, busy, bar } = JSON.parse(process.env.OPERATION!) as Plan;
  const items = busy ? endless() : Array.from({ length: count }, (_, id) => ({ id }));

  function* endless(): Generator<{ id: number }> {
    for (let id = 0; ; id++) yield { id };
  }

  async function handle({ id }: { id: number }, signal: AbortSignal): Promise<{ doubled: number }> {
    if (id >= holdFrom) await sleep(2 ** 30, undefined, { signal });
    if (id === HANGING) await new Promise(() => {});
    if (id === SLOW) await sleep(1500);
    if (id === FAILING) throw new TypeError('a lead without a name');
    await sleep(1);
    appendFileSync(join(dir, HANDLED_FILE), `${id}\n`);
    return { doubled: 2 * id };
  }

  const log = pino({ base: { service: 'operation-program' } });
  const { status } = await runOperation(
    'leads',
    items,
    busy ? async ({ id }) => ({ doubled: 2 * id }) : (item, { signal }) => handle(item, signal),
    { concurrency: 8, itemTimeoutMs: 4000, graceMs: 300, resume: true, dir, log, bar },
  );
  log.info({ status }, 'program ended');
}
