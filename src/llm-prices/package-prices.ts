import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { calcPrice, findProvider, Provider } from '@pydantic/genai-prices';
import type { PricedTokens, PriceOf, PriceSource } from './price-source.ts';

interface PricePackage {
  calcPrice: typeof calcPrice;
  findProvider: typeof findProvider;
}

const NAME = '@pydantic/genai-prices';
/** The only model of the provider that a price is kept as. */
const MODEL = 'model';

/** OpenTelemetry's names of providers that the package does not know, or takes for another. */
const PROVIDERS: Readonly<Record<string, string>> = {
  x_ai: 'x-ai',
  xai: 'x-ai',
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'az.ai.openai': 'azure',
  'az.ai.inference': 'azure',
  'gcp.gen_ai': 'google',
};

/**
 * The prices of the package `@pydantic/genai-prices`, as they were when it was published: it asks the network only through
 * `updatePrices`, which is never called. It takes 20 MB, and 0.1 s in which nothing else runs: so it is loaded by `load`, or at
 * the first call.
 */
export function createPackagePrices(): PriceSource & { load(): void } {
  let loaded: { prices: PricePackage; version: string } | undefined;
  return {
    load() {
      loaded ??= load();
    },
    find(provider, model) {
      loaded ??= load();
      const { prices, version } = loaded;
      const price = priceOf(prices, provider, model);
      return price && { nanoUsd: price, version };
    },
  };
}

function load(): { prices: PricePackage; version: string } {
  const require = createRequire(import.meta.url);
  const { version } = JSON.parse(readFileSync(join(dirname(require.resolve(NAME)), '../package.json'), 'utf8'));
  return { prices: require(NAME) as PricePackage, version: `genai-prices ${version}` };
}

/** The package looks through all models of a provider, and its price is kept with that one model: ten times as fast. */
function priceOf({ calcPrice }: PricePackage, provider: string | null, model: string): PriceOf | null {
  const found = calcPrice({ input_tokens: 0 }, model, provider === null ? {} : { providerId: providerId(provider) });
  if (!found) return null;
  const one: Provider = {
    id: MODEL,
    name: MODEL,
    api_pattern: '',
    models: [{ ...found.model, match: { equals: MODEL } }],
  };
  return (tokens, at) => {
    const price = calcPrice(usageOf(tokens), MODEL, { provider: one, timestamp: new Date(at) });
    return price && Math.round(price.total_price * 1e9);
  };
}

const providerId = (provider: string): string => PROVIDERS[provider.toLowerCase()] ?? provider;

const usageOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }: PricedTokens) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  ...(cacheReadTokens > 0 && { cache_read_tokens: cacheReadTokens }),
  ...(cacheCreationTokens > 0 && { cache_write_tokens: cacheCreationTokens }),
});
