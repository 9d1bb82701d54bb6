import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, test } from 'vitest';
import { createPackagePrices } from '../../../src/llm-prices/package-prices.ts';
import { readPriceFile } from '../../../src/llm-prices/price-file.ts';
import type { PriceSource } from '../../../src/llm-prices/price-source.ts';
import { createPrices } from '../../../src/llm-prices/prices.ts';
import type { LlmCall } from '../../../src/log/llm-call.ts';
import { record } from '../../support/records.ts';

const AT = '2026-11-21T12:00:00.000000Z';
const NO_TOKENS = { inputTokens: 1000, outputTokens: 50, cacheReadTokens: 0, cacheCreationTokens: 0 };

const call = (fields: Partial<LlmCall>): LlmCall => ({ ...record({ llm: { operation: 'chat' } }).llm!, ...fields });

async function fileOf(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-prices-'));
  try {
    const path = join(folder, 'prices.json');
    await writeFile(path, text);
    await use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the price list of the package', () => {
  const prices = createPackagePrices();

  test.each([
    ['openai', 'gpt-4o-2024-08-06', { providerId: 'openai' }],
    ['anthropic', 'claude-sonnet-4-20250514', { providerId: 'anthropic' }],
    ['azure.ai.openai', 'gpt-4o', { providerId: 'azure' }],
    ['x_ai', 'grok-3', { providerId: 'x-ai' }],
    ['gcp.gemini', 'gemini-2.5-pro', { providerId: 'google' }],
    [null, 'gpt-4o-mini', {}],
  ] as const)('%s %s costs what the package says, in nano-dollars', (provider, model, options) => {
    const usage = { input_tokens: 1000, output_tokens: 50, cache_read_tokens: 200 };
    const expected = calcPrice(usage, model, { ...options, timestamp: new Date(AT) });
    const found = prices.find(provider, model);
    expect(found?.nanoUsd({ ...NO_TOKENS, cacheReadTokens: 200 }, AT)).toBe(Math.round(expected!.total_price * 1e9));
    expect(found?.version).toMatch(/^genai-prices \d+\.\d+\.\d+$/);
  });

  test('an unknown model, and a known one of an unknown provider, have no price', () => {
    expect(prices.find('openai', 'no-such-model')).toBeNull();
    expect(prices.find('no-such-provider', 'gpt-4o')).toBeNull();
  });
});

describe('the file of LLM_PRICES', () => {
  const FILE = {
    version: '2026-11',
    models: [
      { provider: 'openai', model: 'gpt-4o*', inputUsd: 2, outputUsd: 10, cacheReadUsd: 1 },
      { model: 'gpt-4o', inputUsd: 7, outputUsd: 7 },
    ],
  };

  test('gives the price of the first entry that has the model', () =>
    fileOf(JSON.stringify(FILE), async (path) => {
      const source = await readPriceFile(path);
      const found = source.find('openai', 'gpt-4o-mini');
      const tokens = { inputTokens: 1000, outputTokens: 10, cacheReadTokens: 300, cacheCreationTokens: 100 };
      expect(found?.nanoUsd(tokens, AT)).toBe(1000 * (600 * 2 + 300 * 1 + 100 * 2 + 10 * 10));
      expect(found?.version).toBe('LLM_PRICES 2026-11');
      expect(source.find('azure', 'gpt-4o')?.nanoUsd(NO_TOKENS, AT)).toBe(1000 * 7 * 1050);
      expect(source.find('azure', 'gpt-4o-mini')).toBeNull();
    }));

  test('has a version from its content if it names none', () =>
    fileOf('{"models":[{"model":"*","inputUsd":1,"outputUsd":1}]}', async (path) => {
      expect((await readPriceFile(path)).find(null, 'x')?.version).toMatch(/^LLM_PRICES [0-9a-f]{12}$/);
    }));

  test.each([
    ['not json', 'expected a JSON object with a list `models`'],
    ['{"models":[1]}', 'models[0]: expected an object, got 1'],
    ['{"models":[{"model":"m","inputUsd":1}]}', 'models[0].outputUsd: expected a number, 0 or more'],
    ['{"models":[{"model":"m","inputUsd":-1,"outputUsd":1}]}', 'models[0].inputUsd: expected a number, 0 or more'],
    ['{"models":[{"model":"m","input":1,"outputUsd":1}]}', 'models[0]: expected provider, model'],
    ['{"models":[],"version":3}', 'version: expected a text'],
  ])('%s is refused with the place of the mistake', (text, message) =>
    fileOf(text, async (path) => {
      await expect(readPriceFile(path)).rejects.toMatchObject({
        code: 'CANNOT_START',
        message: expect.stringContaining(message),
      });
    }),
  );

  test('that is not there is named', async () => {
    await expect(readPriceFile('/no/such/file')).rejects.toThrow(/^LLM_PRICES: expected a file that can be read/);
  });
});

describe('prices', () => {
  /** Counts how often it is asked. */
  function sourceOf(model: string, nanoUsd: number | null): PriceSource & { asked: number } {
    return {
      asked: 0,
      find(_, wanted) {
        this.asked++;
        return wanted === model ? { nanoUsd: () => nanoUsd, version: model } : null;
      },
    };
  }

  test('come from the first source that knows one of the models; there the model that answered comes first', () => {
    const both: PriceSource = {
      find: (_, model) => sourceOf('b', 2).find(null, model) ?? sourceOf('c', 3).find(null, model),
    };
    const prices = createPrices([sourceOf('a', 1), both], () => {});
    const priceOf = (responseModel: string | null, requestModel: string | null) =>
      prices.priceOf(call({ responseModel, requestModel, inputTokens: 1 }), AT)?.nanoUsd;
    expect([priceOf('b', 'a'), priceOf('b', 'c'), priceOf('x', 'c'), priceOf(null, 'b')]).toEqual([1, 2, 3, 2]);
  });

  test('each model is looked for once; each call without a price is counted', () => {
    const source = sourceOf('a', 1);
    let unknown = 0;
    const prices = createPrices([source], () => void unknown++);
    for (let i = 0; i < 5; i++) prices.priceOf(call({ requestModel: 'x', inputTokens: 1 }), AT);
    expect([source.asked, unknown]).toEqual([1, 5]);
    expect(prices.priceOf(call({ requestModel: 'a' }), AT), 'without tokens').toBeNull();
    expect(unknown).toBe(5);
    prices.priceOf(call({ requestModel: 'x'.repeat(1000), inputTokens: 1 }), AT);
    expect(source.asked, 'for a name that is too long').toBe(1);
  });

  test('a source that fails, or gives no number, costs no record', () => {
    const broken: PriceSource = {
      find: () => {
        throw new Error('broken');
      },
    };
    const prices = createPrices([broken, sourceOf('a', Number.NaN)], () => {});
    expect(prices.priceOf(call({ requestModel: 'a', inputTokens: 1 }), AT)).toBeNull();
  });
});
