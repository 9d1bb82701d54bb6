import { isDeepStrictEqual } from 'node:util';
import { connect, type Sql } from '../src/db/connection/client.ts';
import { ensurePartitions } from '../src/db/partitions/partitions.ts';
import { hasGaps } from '../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../src/db/rollups/rollup-keeper.ts';
import { SYSTEM_LOGS } from '../src/db/schema/partitioned-table.ts';
import { now, shift, type Timestamp } from '../src/log/time.ts';
import { ms, quantile, report, timed } from './measure.ts';
import type { Setting } from './setting.ts';

const CALLS = Number(process.env.BENCH_CALLS ?? 1_000_000);
const DAYS = 30;
const DAY_MS = 86_400_000;
const TIMES = 20;
const SLOW_TIMES = 5;

/** What the rollups answer, within 50 ms; what reads each call, within 1.5 s. */
const QUICK: Record<string, string> = {
  totals: 'totals { calls errors inputTokens outputTokens cacheReadTokens reasoningTokens costUsd unpriced }',
  'bars of a day': 'bars(width: "1d", timeZone: "Europe/Berlin") { start totals { calls costUsd } }',
  'bars by model': 'bars(buckets: 120, by: { field: LLM_MODEL }) { start groups { value totals { calls costUsd } } }',
  'groups by model': 'groups(by: { field: LLM_MODEL }) { value totals { calls costUsd } }',
  'groups by service': 'groups(by: { field: SERVICE }) { value totals { calls costUsd } }',
};
const SLOW: Record<string, string> = {
  'groups by user': 'groups(by: { field: USER_ID }) { value totals { calls costUsd } }',
  'groups by conversation': 'groups(by: { field: LLM_CONVERSATION_ID }) { value totals { calls costUsd } }',
  'groups by chain': 'groups(by: { field: CORRELATION_ID }) { value totals { calls costUsd } }',
  'groups by an attribute': 'groups(by: { attribute: ["team"] }) { value totals { calls costUsd } }',
  'percentiles of durations': 'durations { p50 p95 p99 }',
  'percentiles of models': 'groups(by: { field: LLM_MODEL }) { value durations { p50 p95 } }',
};

/** `llmStats` over a million calls in 30 days, compared with plain SQL that reads each call. */
export async function benchLlm(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  const sql = connect(url, { max: 1, statementTimeoutMs: 0 });
  const to = now();
  await makeCalls(sql, to);
  await using server = await setting.startServer(url);
  const ask = async (fields: string): Promise<unknown> => {
    const time = `time: { from: "${shift(to, -DAYS * DAY_MS)}", to: "${to}" }`;
    const { data, errors } = await server.query<{ llmStats: unknown }>(`{ llmStats(${time}) { ${fields} } }`);
    if (errors) throw new Error(errors[0]!.message);
    return data!.llmStats;
  };
  const count = (): Promise<unknown> => sql`
    select count(*)::integer as calls, sum(cost_nano_usd)::float8 / 1e9 as "costUsd" from llm_logs where counted`;
  const [told] = [await ask('totals { calls costUsd }')];
  const [counted] = (await count()) as [unknown];
  if (!isDeepStrictEqual(told, { totals: counted }))
    throw new Error('llmStats: expected the same as counting the calls');
  const raw = quantile(await timed(SLOW_TIMES, count));
  const bench = async (questions: Record<string, string>, times: number, target: string): Promise<void> => {
    for (const [name, fields] of Object.entries(questions)) {
      await ask(fields);
      const took = quantile(await timed(times, () => ask(fields)));
      report(`llmStats: ${name}, median`, ms(took), `counting calls ${ms(raw)}`, took / raw, target);
    }
  };
  await bench(QUICK, TIMES, '50 ms at most');
  await bench(SLOW, SLOW_TIMES, '1.5 s at most');
  await sql.end();
}

/** Each call with its record, spread evenly, in partitions of days. */
export async function makeCalls(sql: Sql, to: Timestamp): Promise<void> {
  const from = shift(to, -DAYS * DAY_MS);
  const days = Array.from({ length: DAYS + 1 }, (_, day) => shift(from, day * DAY_MS));
  for (const { name, from: start, to: end } of await ensurePartitions(sql, SYSTEM_LOGS, days)) {
    const calls = name.replace('system_logs', 'llm_logs');
    await sql.unsafe(
      `create table if not exists ${calls} partition of llm_logs for values from ('${start}') to ('${end}')`,
    );
    await sql.unsafe(`create index on ${calls} (correlation_id, ts, uid) where correlation_id is not null`);
  }
  await sql`create temporary table made as
    select ${from}::timestamptz + n * (${DAYS} * interval '1 day' / ${CALLS}) as ts, gen_random_uuid() as uid, n,
      (random() * random() * 8)::integer as model, (random() * 4)::integer as service,
      (exp(random() * 9))::double precision as duration, (random() * 4000)::integer as tokens
    from generate_series(0, ${CALLS - 1}) as n`;
  await sql`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, component, environment,
      correlation_id, user_id, duration_ms, error_type, attributes)
    select ts, uid, ts, 1, 2, 9, 'asked a model for an answer', 'service ' || service, 'agent ' || service % 3, 'production',
      'chain ' || n / 5, 'user ' || n::bigint * 7919 % 5000, duration, case when n % 50 = 0 then 'RateLimited' end,
      jsonb_build_object('team', 'team ' || n % 10, 'attempt', n % 3, 'route', '/assistants/answer')
    from made`;
  await sql`
    insert into llm_logs (ts, uid, batch_id, operation, counted, provider, request_model, response_model, conversation_id,
      input_tokens, output_tokens, cache_read_tokens, cost_nano_usd, cost_source, time_to_first_token_ms, finish_reasons,
      service, component, environment, user_id, correlation_id, duration_ms, has_error)
    select ts, uid, 1, 'chat', true, 'provider ' || model % 3, 'model ' || model, 'model ' || model || '-2026-01-01',
      'conversation ' || n / 10, tokens, tokens / 4, tokens / 2, case when model < 8 then tokens * 2500 + 7 end,
      case when model < 8 then 'PRICE_LIST' end, duration / 4, '{stop}', 'service ' || service, 'agent ' || service % 3,
      'production', 'user ' || n::bigint * 7919 % 5000, 'chain ' || n / 5, duration, n % 50 = 0
    from made`;
  await sql`insert into llm_rollup_gaps (from_ts, to_ts) select from_ts, to_ts from log_partitions`;
  await sql`insert into log_rollup_gaps (from_ts, to_ts) select from_ts, to_ts from log_partitions`;
  await sql`analyze`;
  while (await hasGaps(sql)) await keepRollups(sql);
}
