import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeOpenAi } from '../support/fake-openai.ts';
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
