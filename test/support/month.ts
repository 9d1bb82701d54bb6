import { pino } from 'pino';
import { addBlockGap, fillBlockGaps } from '../../src/db/blocks/fill-gaps.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { ensurePartitions } from '../../src/db/partitions/partitions.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { shift } from '../../src/log/time.ts';
import { createSealer } from '../../src/maintenance/sealer.ts';
import type { TestDatabase } from './database.ts';

const DAY_MS = 86_400_000;

/** The burst: more than are sorted at once, and farther than one looks for them from the end of a day of 18,000. */
export const FLOOD = { first: 2000, last: 4999 };

export interface Day {
  partition: string;
  from: string;
  /** Of the record in its middle. */
  noon: string;
}

/**
 * Ten sealed days and one open one, the oldest first, `rows` records each, and one batch of 2,000 after the other: chains of eight, 2 % errors, 23
 * components, 500 users. `needle` is rare and everywhere, `flood` is one burst in each day, everything is a `request`.
 */
export async function fillDays({ url, sql }: TestDatabase, rows: number): Promise<Day[]> {
  const midnight = `${new Date().toISOString().slice(0, 10)}T00:00:00.000000Z`;
  const days: Day[] = [];
  for (let age = 10; age >= 0; age--) {
    const from = shift(midnight, -age * DAY_MS);
    await ensurePartitions(sql, SYSTEM_LOGS, [from]);
    await fillDay(sql, from, rows, days.length);
    const partition = `system_logs_${from.slice(0, 10).replaceAll('-', '')}`;
    days.push({ partition, from, noon: shift(from, DAY_MS / 2) });
  }
  for (const [index, { from }] of days.entries())
    await addBlockGap(sql, { from, to: days[index + 1]?.from ?? shift(from, DAY_MS) });
  while ((await sql`select from log_block_gaps limit 1`).length > 0) await fillBlockGaps(sql);
  await sql`analyze`;
  const sealer = createSealer({
    databaseUrl: url,
    sql,
    isBusy: () => false,
    log: pino({ level: 'silent' }),
    graceMs: 0,
    quietMs: 0,
  });
  await sealer.sealDue(new AbortController().signal);
  return days;
}

const fillDay = (sql: Sql, from: string, rows: number, day: number) => sql`
  insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, component,
    correlation_id, trace_id, user_id, duration_ms, error_type, attributes)
  select t, gen_random_uuid(), t, ${day} * 1000 + i / 2000, case when i % 50 = 0 then 4 else 2 end,
    case when i % 50 = 0 then 17 else 9 end,
    'request ' || md5(i::text) || case when i % 2000 = 5 then ' needle' else '' end
      || case when i between ${FLOOD.first} and ${FLOOD.last} then ' flood' else '' end,
    'service ' || i % 7, 'component ' || i % 23, 'chain ' || ${day}::int || ' ' || i / 8, 'trace ' || ${day}::int || ' ' || i / 8,
    'user ' || i % 500, i % 900, case when i % 50 = 0 then 'TimeoutError' end, jsonb_build_object('n', i)
  from (
    select i, ${from}::timestamptz + i * interval '1 day' / ${rows}::int as t from generate_series(0, ${rows}::int - 1) i
  ) records`;
