import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANYONE } from '../../src/access/caller.ts';
import { WeirError } from '../../src/errors.ts';
import { createStoreBody } from '../../src/ingest/http/store-body.ts';
import { nothingAccepted } from '../../src/ingest/ingest-result.ts';
import { statusResponse } from '../../src/ingest/receivers/otlp/answer.ts';
import { createTracesRoute } from '../../src/ingest/receivers/otlp/export-route.ts';
import type { Submission } from '../../src/ingest/submission.ts';
import type { Ingest } from '../../src/ingest/write/ingest.ts';
import { type ArrivalConfig, arrivalAt, type NewRecord } from '../../src/log/record.ts';
import { now } from '../../src/log/time.ts';

export interface LocalServer extends AsyncDisposable {
  url: string;
}

/** An HTTP server on a free port of loopback. */
export async function serveLocally(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const ARRIVAL: ArrivalConfig = {
  maxAgeMs: 40 * 365 * 86_400_000,
  environment: null,
  deploymentVersion: null,
  redactor: null,
  llmContent: 'full',
};

/** The way in of records, without a database: they are kept in memory. */
export function collectRecords(config: Partial<ArrivalConfig> = {}) {
  const records: NewRecord[] = [];
  const store = async (submission: Submission) => {
    records.push(...submission.records);
    return { ...nothingAccepted(submission.rejected), accepted: submission.records.length };
  };
  const ingest: Ingest = {
    arrival: () => arrivalAt(now(), { ...ARRIVAL, ...config }),
    store,
    storeNext: store,
    as: () => ingest,
  };
  return { ingest, records };
}

/** The route of traces on such a way. */
export function collectTraces(config: Partial<ArrivalConfig> = {}) {
  const { ingest, records } = collectRecords(config);
  const counts = { skipped: 0 };
  const route = createTracesRoute(createStoreBody({ ingest, bodyBytesMax: 8 * 1024 * 1024 }), () => counts.skipped++);
  const post = async (body: Uint8Array | string, headers: Record<string, string>): Promise<Response> => {
    const request = new Request('http://weir/v1/traces', {
      method: 'POST',
      body: Buffer.from(body as string),
      headers,
    });
    return route(request, ANYONE).catch((error) => {
      if (error instanceof WeirError) return statusResponse(error, request);
      throw error;
    });
  };
  return { records, counts, post };
}

/** The same behind a port, for real exporters: `url` is what they are given. */
export async function startTraceReceiver(config: Partial<ArrivalConfig> = {}) {
  const { post, ...collected } = collectTraces(config);
  const requests: { headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = await serveLocally(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ headers: request.headers, body });
    const answer = await post(body, request.headers as Record<string, string>);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return { ...server, ...collected, requests, url: `${server.url}/v1/traces` };
}

/** Sums over the calls that are counted, as `llmStats` has them. */
export function sumsOf(records: readonly NewRecord[]) {
  const counted = records.flatMap(({ llm }) => (llm?.counted ? [llm] : []));
  const sum = (read: (llm: (typeof counted)[number]) => number | null): number =>
    counted.reduce((total, llm) => total + (read(llm) ?? 0), 0);
  return {
    calls: counted.length,
    inputTokens: sum((llm) => llm.inputTokens),
    outputTokens: sum((llm) => llm.outputTokens),
    cacheReadTokens: sum((llm) => llm.cacheReadTokens),
    reasoningTokens: sum((llm) => llm.reasoningTokens),
  };
}
