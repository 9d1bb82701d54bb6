import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from '../src/db/postgres.ts';
import { makeLines } from './data.ts';
import { ms, quantile, report, timed } from './measure.ts';
import type { Setting } from './setting.ts';

const ROWS = 1_000_000;
const BODY_LINES = 10_000;
const QUESTIONS = 200;
const PAGE = `{ logs(first: 100) { nodes { id timestamp level service component message correlationId durationMs attributes }
  pageInfo { hasNextPage endCursor } } }`;

/** `logs(first: 100)` over a million records, beside a bare HTTP handler that runs the same SQL and stringifies it. */
export async function benchPage(setting: Setting): Promise<void> {
  const url = await setting.createDatabase();
  await using server = await setting.startServer(url);
  for (let sent = 0; sent < ROWS; sent += BODY_LINES) {
    const lines = makeLines(BODY_LINES, sent, Date.now() - ROWS + sent);
    await server.ingest(lines.join('\n')).then((response) => response.text());
  }
  await using bare = await startBareHandler(url);
  const ask = async (): Promise<void> => {
    const { errors } = await server.query(PAGE);
    if (errors) throw new Error(errors[0]!.message);
  };
  const askBare = (): Promise<string> => fetch(bare.url).then((response) => response.text());
  await timed(500, ask);
  await timed(500, askBare);
  const weir = await timed(QUESTIONS, ask);
  const raw = await timed(QUESTIONS, askBare);
  report(
    'logs(first: 100) of a million, median',
    ms(quantile(weir)),
    `node:http + SQL ${ms(quantile(raw))}`,
    quantile(weir) / quantile(raw),
    '2 or less',
  );
}

/** The same rows by the best plain SQL: bounded on both sides, newest first. */
async function startBareHandler(databaseUrl: string): Promise<AsyncDisposable & { url: string }> {
  const sql = postgres(databaseUrl, { max: 2 });
  const server = createServer(async (_request, response) => {
    const rows = await sql`
      select ts, uid, level, service, component, message, correlation_id, duration_ms, attributes from system_logs
      where ts >= ${new Date(Date.now() - 86_400_000)} and ts < ${new Date()} order by ts desc, uid desc limit 101`;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(rows));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await sql.end();
    },
  };
}
