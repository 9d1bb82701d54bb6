import { createServer } from 'node:http';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { contextFields } from '../../../client/src/context.ts';
import { nodeRequestLog, noteError } from '../../../client/src/http.ts';
import { pipeline } from '../../../client/src/pipeline.ts';
import { listening } from '../../support/client/web-apps.ts';
import { startTestServer, until } from '../../support/server.ts';

/** A logger of pino's usual lines, and what sends them to Weir. */
function createSending(ingest: (body: string) => Promise<Response>) {
  const lines: string[] = [];
  const log = pino(
    { base: { service: 'shop' }, mixin: contextFields },
    { write: (line: string) => void lines.push(line) },
  );
  return {
    log,
    lines,
    async send() {
      const answer = (await (await ingest(lines.splice(0).join(''))).json()) as {
        accepted: number;
        rejected: unknown[];
      };
      expect(answer.rejected).toEqual([]);
    },
  };
}

test('the record of a request has its fields in Weir', async () => {
  await using weir = await startTestServer();
  const { log, lines, send } = createSending(weir.ingest);
  const requests = nodeRequestLog({
    log,
    userId: () => 'ann',
    route: () => '/orders/:id',
    headers: ['accept-language'],
  });
  await using app = await listening(
    createServer(
      requests((request, response) => {
        noteError(request, new RangeError('no such order'));
        response.writeHead(503).end();
      }),
    ),
  );
  await fetch(`${app.url}/orders/7?x=1`, {
    headers: {
      'x-correlation-id': 'c-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'user-agent': 'test/1',
      'accept-language': 'de',
    },
  });
  await until(() => lines.length > 0);
  await send();
  const { data } = await weir.query<{ logs: { nodes: { attributes: Record<string, unknown> }[] } }>(`{
    logs(filter: { correlationIds: ["c-1"] }) {
      nodes {
        level message service component action traceId spanId userId durationMs errorType stackTrace attributes
        http { method path status userAgent clientIp }
      }
    }
  }`);
  expect(data!.logs.nodes).toEqual([
    {
      level: 'ERROR',
      message: 'GET /orders/7 503',
      service: 'shop',
      component: 'http',
      action: 'GET /orders/7',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      userId: 'ann',
      durationMs: expect.any(Number),
      errorType: 'RangeError',
      stackTrace: expect.stringContaining('RangeError: no such order'),
      http: { method: 'GET', path: '/orders/7', status: 503, userAgent: 'test/1', clientIp: '127.0.0.1' },
      attributes: {
        request_id: expect.any(String),
        http: { route: '/orders/:id', bytes_sent: expect.any(Number), headers: { 'accept-language': 'de' } },
        err: { message: 'no such order' },
      },
    },
  ]);
});

test('the stages of a run are its stages in Weir', async () => {
  await using weir = await startTestServer();
  const { log, send } = createSending(weir.ingest);
  const failing = pipeline('nightly', { log, id: 'run-1' }, async (run) => {
    await run.stage('extract', () => new Promise((resolve) => setTimeout(resolve, 20)));
    await run.stage('load', (load) =>
      load.stage('write', () => {
        throw new RangeError('disk full');
      }),
    );
  });
  await expect(failing).rejects.toThrow('disk full');
  await send();
  const { data } = await weir.query<{ pipeline: { stages: { component: string; durationMs: number }[] } }>(`{
    pipeline(pipelineId: "run-1") {
      logCount errorCount stages { component logCount errorCount highestLevel durationMs }
    }
    correlation(correlationId: "run-1") { firstError { component errorType stackTrace durationMs } }
  }`);
  expect(data).toMatchObject({
    pipeline: {
      logCount: 8,
      errorCount: 3,
      stages: [
        { component: 'nightly', logCount: 2, errorCount: 1, highestLevel: 'ERROR' },
        { component: 'extract', logCount: 2, errorCount: 0, highestLevel: 'INFO' },
        { component: 'load', logCount: 2, errorCount: 1 },
        { component: 'load/write', logCount: 2, errorCount: 1 },
      ],
    },
    correlation: {
      firstError: {
        component: 'load/write',
        errorType: 'RangeError',
        stackTrace: expect.stringContaining('disk full'),
        durationMs: expect.any(Number),
      },
    },
  });
  expect(data!.pipeline.stages[1]!.durationMs).toBeGreaterThanOrEqual(19);
});
