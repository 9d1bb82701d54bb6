import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Sql } from '../src/db/connection/client.ts';

export interface PlainSql extends AsyncDisposable {
  /** The rows of a statement as JSON, through the bare HTTP handler. */
  ask(statement: string): Promise<Record<string, unknown>[]>;
  sql: Sql;
}

/**
 * The least work that answers a question over HTTP: a bare `node:http` handler, Weir's own connection pool with its settings,
 * and `JSON.stringify`. Requests have the same form as GraphQL requests.
 */
export async function startPlainSql(databaseUrl: string): Promise<PlainSql> {
  const sql = connect(databaseUrl, { max: 2, statementTimeoutMs: 600_000 });
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', async () => {
      const rows = await sql.unsafe(JSON.parse(body).query);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(rows));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    sql,
    async ask(query) {
      const headers = { 'content-type': 'application/json' };
      const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return reply.json() as never;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await sql.end();
    },
  };
}
