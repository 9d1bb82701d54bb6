import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { generateText, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startTestServer } from '../support/server.ts';

test('an agent loop of the AI SDK is stored with the sums of its model, once, however often it is exported', async () => {
  await using server = await startTestServer();
  const exported = () => new BatchSpanProcessor(new OTLPTraceExporter({ url: `${server.url}/v1/traces` }));
  const provider = new NodeTracerProvider({
    spanProcessors: [exported(), exported()],
  });
  provider.register();
  const steps = [
    { input: 100, output: 20, call: true },
    { input: 150, output: 30, call: true },
    { input: 210, output: 40, call: false },
  ];
  let at = 0;
  const model = new MockLanguageModelV3({
    provider: 'openai',
    modelId: 'gpt-4o',
    doGenerate: async () => {
      const { input, output, call } = steps[at++]!;
      return {
        content: call
          ? [{ type: 'tool-call', toolCallId: `call-${at}`, toolName: 'weather', input: '{"city":"Oslo"}' }]
          : [{ type: 'text', text: 'rain' }],
        finishReason: { unified: call ? 'tool-calls' : 'stop', raw: undefined },
        usage: {
          inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: output, text: output, reasoning: 0 },
        },
        warnings: [],
      };
    },
  });
  const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: async () => 'rain' });
  const { totalUsage } = await generateText({
    model,
    tools: { weather },
    stopWhen: stepCountIs(5),
    prompt: 'Rain?',
    experimental_telemetry: { isEnabled: true, tracer: provider.getTracer('ai') },
  });
  await provider.shutdown();
  trace.disable();
  context.disable();

  const [sums] = await server.database.sql<{ calls: number; input: number; output: number; unpriced: number }[]>`
    select count(*)::int as calls, sum(input_tokens)::int as input, sum(output_tokens)::int as output,
           count(*) filter (where cost_nano_usd is null)::int as unpriced
    from llm_logs where counted`;
  expect(sums).toEqual({ calls: 3, input: totalUsage.inputTokens, output: totalUsage.outputTokens, unpriced: 0 });
  const { data } = await server.query<{ logs: { nodes: { llm: { operation: string; counted: boolean } }[] } }>(
    '{ logs { nodes { llm { operation counted } } } }',
  );
  expect(data!.logs.nodes.filter(({ llm }) => llm.counted)).toHaveLength(3);
  expect(data!.logs.nodes.filter(({ llm }) => !llm.counted)).toHaveLength(3);
});
