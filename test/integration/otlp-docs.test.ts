import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeOpenAi } from '../support/fake-openai.ts';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { startTraceReceiver } from '../support/otlp.ts';
import { remove, spawnWeir, temporaryFolder } from '../support/server.ts';

/** The files that docs/otlp.md shows: each block of `js` names its file in its first line. */
const FILES = Array.from(
  readFileSync('docs/otlp.md', 'utf8').matchAll(/^```js\n(\/\/ (\S+)\n.*?)^```$/gms),
  ([, text, name]): [string, string] => [name!, text!],
);

/** Applications that use them. */
const APPLICATIONS: Record<string, string> = {
  'ai-sdk.mjs': `
    import { MockLanguageModelV3 } from 'ai/test';
    import { answer } from './answer.mjs';
    const model = new MockLanguageModelV3({
      doGenerate: async () => ({
        content: [{ type: 'text', text: 'hello' }],
        finishReason: { unified: 'stop', raw: undefined },
        usage: { inputTokens: { total: 11 }, outputTokens: { total: 4 } },
        warnings: [],
      }),
    });
    await answer(model, 'Say hello', 'u-7');`,
  'open-llmetry.mjs': `
    import OpenAI from 'openai';
    import { ask } from './openai.mjs';
    await ask(new OpenAI({ baseURL: process.env.FAKE_URL, apiKey: 'none' }), 'What is it?');`,
};

test('the files that docs/otlp.md shows send model calls as they are', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), remove);
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of [...FILES, ...Object.entries(APPLICATIONS)]) await writeFile(join(folder, name), text);
  expect(FILES.map(([name]) => name)).toEqual(['telemetry.mjs', 'answer.mjs', 'openai.mjs']);
  const fake = stack.use(await startFakeOpenAi());
  const receiver = stack.use(await startTraceReceiver());
  const settings = { WEIR_URL: new URL(receiver.url).origin, WEIR_API_KEY: 'weir_test', FAKE_URL: fake.url };
  for (const application of Object.keys(APPLICATIONS)) {
    const args = ['--import', './telemetry.mjs', application];
    await using run = spawnWeir(args, settings, { cwd: folder, program: '--no-warnings' });
    expect(await run.exited, run.stderr()).toMatchObject({ code: 0 });
  }
  expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer weir_test',
    'Bearer weir_test',
  ]);
  expect(receiver.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', 'gzip']);
  const counted = receiver.records.filter(({ llm }) => llm!.counted);
  expect(counted).toMatchObject([
    {
      service: 'shop',
      deploymentVersion: '1.4.0',
      userId: 'u-7',
      llm: { inputTokens: 11, outputTokens: 4 },
      llmContent: null,
    },
    { service: 'shop', llm: { requestModel: 'gpt-4o-mini', inputTokens: 20, outputTokens: 7 }, llmContent: null },
  ]);
});

/** What docs/senders.md shows for OTLP. */
const SENDERS = /^## OTLP$.*?(?=^## )/ms.exec(readFileSync('docs/senders.md', 'utf8'))![0];
const ENVIRONMENT = /^```\n(OTEL_.*?)^```$/ms.exec(SENDERS)![1]!;
const PINO = /^```js\n(.*?);\n^```$/ms.exec(SENDERS)![1]!;

test('an exporter and pino send log records, with a key, as docs/senders.md shows', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await temporaryFolder(), remove);
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const server = stack.use(await startKeyServer());
  const { key } = await makeKeyIn(server.database, ['INGEST']);
  const configured = (text: string): string =>
    text.replaceAll('http://127.0.0.1:4000', server.url).replaceAll('weir_...', key);
  const settings = Object.fromEntries(
    Array.from(configured(ENVIRONMENT).matchAll(/^(\w+)=(.*)$/gm), ([, name, value]) => [name!, value!]),
  );
  const programs = {
    'exporter.mjs': `
      import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
      import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
      const processors = [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })];
      const provider = new LoggerProvider({ processors });
      provider.getLogger('shown').emit({ body: 'shown by an exporter', severityNumber: 9 });
      await provider.shutdown();`,
    'pino.mjs': `
      import pino from 'pino';
      const log = pino(${configured(PINO)});
      log.info('shown by pino');`,
  };
  for (const [program, text] of Object.entries(programs)) {
    await writeFile(join(folder, program), text);
    await using run = spawnWeir([], settings, { cwd: folder, program });
    expect(await run.exited, run.stderr()).toMatchObject({ code: 0 });
  }
  const stored = async () =>
    Array.from(
      await server.database.sql`select message from system_logs where message like 'shown%' order by message`,
      ({ message }) => message,
    );
  await expect.poll(stored, { timeout: 60_000 }).toEqual(['shown by an exporter', 'shown by pino']);
});
