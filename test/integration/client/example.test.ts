import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startTestServer, until } from '../../support/server.ts';

interface Chain {
  correlation: {
    firstError: { service: string; errorType: string };
    steps: { service: string; component: string; gapMs: number }[];
    llm: { calls: number; inputTokens: number; outputTokens: number; costUsd: number };
    logs: { nodes: { service: string; component: string; message: string }[] };
  };
  stats: { total: number; errorRate: number; durations: { max: number } };
}

async function runExample(url: string): Promise<string> {
  const example = spawn(process.execPath, ['--conditions=weir-source', 'examples/shop/main.ts'], {
    env: { ...process.env, WEIR_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, complaint, [code]] = await Promise.all([
    text(example.stdout),
    text(example.stderr),
    once(example, 'close'),
  ]);
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
  return printed;
}

test('the query that the example prints tells the story of the failed order', async () => {
  await using weir = await startTestServer();
  const printed = await runExample(weir.url);
  const query = printed.slice(printed.indexOf('\n{\n'));
  const { correlation, stats } = await until(async () => {
    const { data } = await weir.query<Chain>(query);
    if (data?.correlation?.logs.nodes.length === 4) return data;
    // What a slow server did not take in time is in the spool of the example: its next run sends it.
    await runExample(weir.url);
    return null;
  }, 60_000);
  expect(correlation).toMatchObject({ services: ['shop', 'payments'], userIds: ['bob'] });
  expect(correlation.firstError).toMatchObject({
    service: 'payments',
    component: 'http',
    errorType: 'BankUnreachable',
  });
  expect(correlation.logs.nodes.map(({ service, component, message }) => [service, component, message])).toEqual([
    ['shop', 'stock', 'reserved tent'],
    ['shop', 'model', 'chat gpt-4o-mini-2024-07-18'],
    ['payments', 'http', 'POST /payments 503'],
    ['shop', 'http', 'POST /orders 500'],
  ]);
  expect(correlation.steps.map(({ component }) => component)).toEqual(['stock', 'model', 'http', 'http']);
  expect(correlation.llm).toMatchObject({
    calls: 1,
    inputTokens: expect.any(Number),
    outputTokens: expect.any(Number),
  });
  expect(correlation.llm.costUsd).toBeGreaterThan(0);
  // The bank takes its time before it does not answer.
  expect(correlation.steps[2]!.gapMs).toBeGreaterThanOrEqual(10);
  expect(stats).toMatchObject({ total: 4, errorRate: 0.5, durations: { max: expect.any(Number) } });

  const [, run] = /run (\S+)/.exec(printed)!;
  const { data } = await weir.query(`{
    pipeline(pipelineId: "${run}") { errorCount stages { component logCount highestLevel } }
    logs(filter: { messageContains: "chat gpt-4o-mini", pipelineIds: ["${run}"] }) { totalCount }
  }`);
  expect(data).toEqual({
    logs: { totalCount: 3 },
    pipeline: {
      errorCount: 0,
      stages: [
        { component: 'import-catalogue', logCount: 2, highestLevel: 'INFO' },
        { component: 'read', logCount: 3, highestLevel: 'WARNING' },
        { component: 'describe', logCount: 5, highestLevel: 'INFO' },
        { component: 'store', logCount: 2, highestLevel: 'INFO' },
      ],
    },
  });
});
