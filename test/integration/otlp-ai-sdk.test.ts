import type { LanguageModelV3GenerateResult, LanguageModelV3Usage } from '@ai-sdk/provider';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { embedMany, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { MockEmbeddingModelV3, MockLanguageModelV3, simulateReadableStream } from 'ai/test';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTraceReceiver, sumsOf } from '../support/otlp.ts';

type Usage = [input: number, output: number, cached?: number, reasoning?: number];

const usageOf = ([input, output, cached = 0, reasoning = 0]: Usage): LanguageModelV3Usage => ({
  inputTokens: { total: input, noCache: input - cached, cacheRead: cached, cacheWrite: 0 },
  outputTokens: { total: output, text: output - reasoning, reasoning },
});

const answerOf = (content: LanguageModelV3GenerateResult['content'], usage: Usage): LanguageModelV3GenerateResult => ({
  content,
  finishReason: {
    unified: content.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop',
    raw: undefined,
  },
  usage: usageOf(usage),
  warnings: [],
  response: { id: 'answer-1', modelId: 'mock-model-2026', timestamp: new Date(0) },
});

const text = (said: string): LanguageModelV3GenerateResult['content'] => [{ type: 'text', text: said }];

/** What the mock models themselves were asked to answer. */
const sumOf = (usages: readonly Usage[]) => ({
  calls: usages.length,
  inputTokens: usages.reduce((sum, [input]) => sum + input, 0),
  outputTokens: usages.reduce((sum, [, output]) => sum + output, 0),
  cacheReadTokens: usages.reduce((sum, [, , cached = 0]) => sum + cached, 0),
  reasoningTokens: usages.reduce((sum, [, , , reasoning = 0]) => sum + reasoning, 0),
});

/** The SDK of an application, and the records that its spans make. */
async function startApplication(Exporter: typeof JsonExporter | typeof ProtobufExporter = ProtobufExporter) {
  const receiver = await startTraceReceiver();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': '1.2.3', 'host.name': 'web-1' }),
    spanProcessors: [new BatchSpanProcessor(new Exporter({ url: receiver.url, compression: 'gzip' as never }))],
  });
  provider.register();
  return {
    telemetry: {
      isEnabled: true,
      tracer: provider.getTracer('ai'),
      functionId: 'support-agent',
      metadata: { userId: 'u-7' },
    },
    tracer: provider.getTracer('shop', '0.1.0'),
    async received() {
      await provider.forceFlush();
      return receiver;
    },
    async [Symbol.asyncDispose]() {
      await provider.shutdown();
      trace.disable();
      context.disable();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `rain in ${city}`,
});

const callOfWeather = (city: string): LanguageModelV3GenerateResult['content'] => [
  { type: 'tool-call', toolCallId: `call-${city}`, toolName: 'weather', input: JSON.stringify({ city }) },
];

describe.each([
  ['JSON', JsonExporter],
  ['protobuf', ProtobufExporter],
])("the AI SDK's telemetry, by the OpenTelemetry exporter for %s", (_name, Exporter) => {
  test('an agent loop with tools is counted as the model itself counts', async () => {
    await using application = await startApplication(Exporter);
    const usages: Usage[] = [
      [100, 20, 0, 5],
      [150, 30, 90],
      [210, 40, 140, 11],
    ];
    const answers = [
      answerOf(callOfWeather('Oslo'), usages[0]!),
      answerOf(callOfWeather('Rome'), usages[1]!),
      answerOf(text('It rains in both.'), usages[2]!),
    ];
    let at = 0;
    const model = new MockLanguageModelV3({
      provider: 'mock-provider',
      modelId: 'mock-model',
      doGenerate: async () => answers[at++]!,
    });
    const result = await generateText({
      model,
      tools: { weather },
      stopWhen: stepCountIs(5),
      prompt: 'Does it rain?',
      experimental_telemetry: application.telemetry,
    });
    const { records } = await application.received();
    expect(sumsOf(records)).toEqual(sumOf(usages));
    expect(sumsOf(records)).toMatchObject({
      inputTokens: result.totalUsage.inputTokens,
      outputTokens: result.totalUsage.outputTokens,
    });

    expect(records.filter(({ llm }) => llm!.counted).map(({ action }) => action)).toEqual([
      'ai.generateText.doGenerate',
      'ai.generateText.doGenerate',
      'ai.generateText.doGenerate',
    ]);
    const tools = records.filter(({ action }) => action === 'ai.toolCall');
    expect(tools.map(({ llm }) => [llm!.toolName, llm!.counted])).toEqual([
      ['weather', false],
      ['weather', false],
    ]);
    const outer = records.find(({ action }) => action === 'ai.generateText')!;
    expect(outer.llm).toMatchObject({ counted: false, inputTokens: 460, outputTokens: 90 });
    expect(new Set(records.map(({ traceId }) => traceId)).size).toBe(1);
    for (const record of records) {
      if (record !== outer) expect(record.attributes.parentSpanId).toBe(outer.spanId);
    }
  });
});

test('a call has its fields, and what was asked and answered is apart from its attributes', async () => {
  await using application = await startApplication();
  const model = new MockLanguageModelV3({
    provider: 'mock-provider',
    modelId: 'mock-model',
    doGenerate: async () => answerOf(text('the answer 4711'), [12, 3]),
  });
  await generateText({
    model,
    prompt: 'the question 0815',
    temperature: 0.5,
    experimental_telemetry: application.telemetry,
  });
  const { records } = await application.received();
  const record = records.find(({ llm }) => llm!.counted)!;
  expect(record).toMatchObject({
    service: 'shop',
    deploymentVersion: '1.2.3',
    host: 'web-1',
    component: 'ai',
    userId: 'u-7',
    severityNumber: 9,
    uidGiven: true,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    llm: {
      provider: 'mock-provider',
      requestModel: 'mock-model',
      responseModel: 'mock-model-2026',
      inputTokens: 12,
      outputTokens: 3,
      finishReasons: ['stop'],
      parameters: { temperature: 0.5 },
    },
  });
  expect(record.durationMs).toBeGreaterThanOrEqual(0);
  for (const { attributes, message } of records) {
    expect(JSON.stringify({ attributes, message })).not.toMatch(/4711|0815/);
  }
  expect(JSON.stringify(record.llmContent)).toMatch(/0815.*4711/);
});

test('streams, objects and embeddings are counted as their models count', async () => {
  await using application = await startApplication();
  const usages: Usage[] = [
    [70, 9, 30, 2],
    [33, 8],
    [25, 0],
  ];
  const stream = new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          { type: 'text-delta', id: '1', delta: 'well ' },
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: { unified: 'stop', raw: undefined }, usage: usageOf(usages[0]!) },
        ],
      }),
    }),
  });
  const experimental_telemetry = application.telemetry;
  await streamText({ model: stream, prompt: 'Say well', experimental_telemetry }).consumeStream();
  const object = new MockLanguageModelV3({ doGenerate: async () => answerOf(text('{"name":"Ida"}'), usages[1]!) });
  await generateObject({
    model: object,
    schema: z.object({ name: z.string() }),
    prompt: 'A name',
    experimental_telemetry,
  });
  const embedding = new MockEmbeddingModelV3({
    maxEmbeddingsPerCall: 10,
    doEmbed: async () => ({ embeddings: [[0.1], [0.2]], usage: { tokens: 25 }, warnings: [] }),
  });
  await embedMany({ model: embedding, values: ['a', 'b'], experimental_telemetry });

  const { records } = await application.received();
  // The SDK sends no cached tokens of objects.
  expect(sumsOf(records)).toEqual(sumOf(usages));
  const streamed = records.find(({ action }) => action === 'ai.streamText.doStream')!;
  expect(streamed.llm!.timeToFirstTokenMs).toBeGreaterThan(0);
});

test('a call that fails is an error with its type and stack trace; other spans are left out and counted', async () => {
  await using application = await startApplication();
  const model = new MockLanguageModelV3({
    doGenerate: async () => {
      throw new RangeError('too many tokens asked');
    },
  });
  await application.tracer.startActiveSpan('GET /shop', { kind: SpanKind.SERVER }, async (span) => {
    await expect(
      generateText({ model, maxRetries: 0, prompt: 'x', experimental_telemetry: application.telemetry }),
    ).rejects.toThrow('too many');
    span.end();
  });
  const { records, counts } = await application.received();
  expect(counts.skipped).toBe(1);
  const failed = records.find(({ action }) => action === 'ai.generateText.doGenerate')!;
  expect(failed).toMatchObject({
    severityNumber: 17,
    message: 'ai.generateText.doGenerate: too many tokens asked',
    errorType: 'RangeError',
    stackTrace: expect.stringContaining('otlp-ai-sdk.test.ts'),
  });
});

test('LLM_COUNT=events counts no span; =spans counts them', async () => {
  for (const [llmCount, calls] of [
    ['events', 0],
    ['spans', 1],
  ] as const) {
    await using receiver = await startTraceReceiver({ llmCount });
    const provider = new NodeTracerProvider({
      spanProcessors: [new BatchSpanProcessor(new ProtobufExporter({ url: receiver.url }))],
    });
    const model = new MockLanguageModelV3({ doGenerate: async () => answerOf(text('x'), [1, 1]) });
    const experimental_telemetry = { isEnabled: true, tracer: provider.getTracer('ai') };
    await generateText({ model, prompt: 'x', experimental_telemetry });
    await provider.shutdown();
    expect(sumsOf(receiver.records).calls).toBe(calls);
    expect(receiver.records).toHaveLength(2);
  }
});
