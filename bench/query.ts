import { makeLines } from './data.ts';
import { alternating, ms, quantile, report, timed } from './measure.ts';
import { startPlainSql } from './plain-sql.ts';
import type { Setting } from './setting.ts';

const ROWS = 1_000_000;
const BODY_LINES = 10_000;
const QUESTIONS = 600;
const PAGE = `{ logs(first: 100) { nodes { id timestamp level service component message correlationId durationMs attributes }
  pageInfo { hasNextPage endCursor } } }`;
/** The same rows in the best plain SQL: a bounded time span, newest first. */
const PLAIN = `
  select ts, uid, level, service, component, message, correlation_id, duration_ms, attributes from system_logs
  where ts >= now() - interval '1 day' and ts < now() order by ts desc, uid desc limit 101`;
const WARMING = 1500;

/** `logs(first: 100)` over a million records, compared with a bare HTTP handler that runs the same SQL and stringifies the rows. */
export async function benchQuery(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url);
  for (let sent = 0; sent < ROWS; sent += BODY_LINES) {
    const lines = makeLines(BODY_LINES, sent, Date.now() - ROWS + sent);
    await server.ingest(lines.join('\n')).then((response) => response.text());
  }
  await using plain = await startPlainSql(url);
  const ask = async (): Promise<void> => {
    const { errors } = await server.query(PAGE);
    if (errors) throw new Error(errors[0]!.message);
  };
  const askPlain = (): Promise<unknown> => plain.ask(PLAIN);
  await timed(WARMING, ask);
  await timed(WARMING, askPlain);
  const [weir, raw] = await alternating(QUESTIONS, ask, askPlain);
  report(
    'logs(first: 100) of a million, median',
    ms(quantile(weir)),
    `node:http + SQL ${ms(quantile(raw))}`,
    quantile(weir) / quantile(raw),
    '2 or less',
  );
}
