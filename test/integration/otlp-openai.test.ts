import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { OpenAIInstrumentation as OpenTelemetryOpenAi } from '@opentelemetry/instrumentation-openai';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OpenAIInstrumentation as OpenLlmetryOpenAi } from '@traceloop/instrumentation-openai';
import * as openai from 'openai';
import { describe, expect, test } from 'vitest';
import { startFakeOpenAi } from '../support/fake-openai.ts';
import { startTraceReceiver, sumsOf } from '../support/otlp.ts';

const QUESTION = 'the question 0815';
const ANSWER = 'It is 42.';

interface Library {
  name: string;
  create: () => object;
  /** Whether it tells the tokens of a stream, where the provider says them, and calls that fail. */
  streams: boolean;
  failures: boolean;
}

const LIBRARIES: Library[] = [
  // Version 0.27.0 ends no span of a call that fails, and reads no tokens from a stream.
  { name: 'OpenLLMetry', create: () => new OpenLlmetryOpenAi(), streams: false, failures: false },
  {
    name: "OpenTelemetry's own instrumentation",
    create: () => new OpenTelemetryOpenAi({ captureMessageContent: true }),
    streams: true,
    failures: true,
  },
];

describe.each(LIBRARIES)('calls of the OpenAI SDK, told by $name', ({ create, streams, failures }) => {
  test('are counted as the provider counts them, with their errors', async () => {
    await using provider = await startFakeOpenAi();
    await using receiver = await startTraceReceiver();
    const tracing = new NodeTracerProvider({
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: receiver.url }))],
    });
    tracing.register();
    const instrumentation = create() as OpenTelemetryOpenAi;
    const stop = registerInstrumentations({ tracerProvider: tracing, instrumentations: [instrumentation] });
    // The modules of a test are not loaded by `require`, which instrumentations wait for.
    instrument(instrumentation, openai);
    const client = new openai.OpenAI({ baseURL: provider.url, apiKey: 'none', maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: QUESTION }];

    await client.chat.completions.create({ model: 'gpt-4o-mini', messages, temperature: 0.2 });
    const stream = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
    await expect(
      client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'fail' }] }),
    ).rejects.toThrow('slow down');
    await tracing.shutdown();
    stop();
    trace.disable();
    context.disable();

    const { records } = receiver;
    expect(records).toHaveLength(failures ? 3 : 2);
    const told = streams ? provider.usages : provider.usages.slice(0, 1);
    expect(sumsOf(records)).toMatchObject({
      calls: records.length,
      inputTokens: told.reduce((sum, one) => sum + one.prompt_tokens, 0),
      outputTokens: told.reduce((sum, one) => sum + one.completion_tokens, 0),
    });
    const [first, streamed, failed] = records;
    const call = {
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      finishReasons: ['stop'],
    };
    expect(first!.llm).toMatchObject({ ...call, parameters: { temperature: 0.2 } });
    expect(streamed!.llm).toMatchObject(call);
    if (failures) {
      expect(failed).toMatchObject({ severityNumber: 17, llm: { requestModel: 'gpt-4o-mini' } });
      expect(failed!.message).toContain('slow down');
    }
    for (const { attributes, message } of records) {
      expect(JSON.stringify({ attributes, message })).not.toMatch(`${QUESTION}|${ANSWER}`);
    }
  });
});

/** Patches a module as if it had been loaded by `require`. */
function instrument(instrumentation: object, module: unknown): void {
  const manual = instrumentation as { manuallyInstrument?: (module: unknown) => void };
  if (manual.manuallyInstrument) manual.manuallyInstrument((module as typeof openai).OpenAI);
  else {
    const [definition] = (instrumentation as { _modules: { patch: (exports: unknown) => unknown }[] })._modules;
    definition!.patch(module);
  }
}
