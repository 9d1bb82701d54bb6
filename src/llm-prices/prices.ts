import type { LlmCall } from '../log/llm-call.ts';
import type { Price, Prices } from '../log/make-llm-call.ts';
import type { Timestamp } from '../log/time.ts';
import type { PricedTokens, PriceSource } from './price-source.ts';

/** Models of a source whose price, or whose lack of one, is remembered: looking for one takes 0.1 ms. */
const MODELS_KEPT_MAX = 1000;
/** A longer name is no model's. It bounds what the names in memory take. */
const NAME_LENGTH_MAX = 200;

/**
 * What calls cost, by the first source that knows the model that answered or the one that was asked for, in this order.
 * @param onUnknown is called for each call with tokens that no source has a price for
 */
export function createPrices(sources: readonly PriceSource[], onUnknown: () => void): Prices {
  const finders = sources.map(createFinder);

  function priceIn(call: LlmCall, tokens: PricedTokens, at: Timestamp): Price | null {
    for (const find of finders) {
      for (const model of [call.responseModel, call.requestModel]) {
        const found = model === null || model === '' ? null : find(call.provider, model);
        const nanoUsd = found && attempt(() => found.nanoUsd(tokens, at));
        if (found && nanoUsd !== null && Number.isSafeInteger(nanoUsd)) return { nanoUsd, version: found.version };
      }
    }
    return null;
  }

  return {
    priceOf(call, at) {
      const tokens = tokensOf(call);
      if (tokens === null) return null;
      const price = priceIn(call, tokens, at);
      if (price === null) onUnknown();
      return price;
    },
  };
}

/** Finds prices in a source, and remembers what it found. */
function createFinder(source: PriceSource): PriceSource['find'] {
  const kept = new Map<string, ReturnType<PriceSource['find']>>();
  return (provider, model) => {
    if (model.length > NAME_LENGTH_MAX || (provider ?? '').length > NAME_LENGTH_MAX) return null;
    const key = JSON.stringify([provider, model]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const found = attempt(() => source.find(provider, model));
    if (kept.size >= MODELS_KEPT_MAX) kept.clear();
    kept.set(key, found);
    return found;
  };
}

/** The package throws for a price that it cannot work out. A record is stored all the same. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** An answer may have cost nothing; without its input, a call's cost is unknown. */
const tokensOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }: LlmCall): PricedTokens | null =>
  inputTokens === null
    ? null
    : {
        inputTokens,
        outputTokens: outputTokens ?? 0,
        cacheReadTokens: cacheReadTokens ?? 0,
        cacheCreationTokens: cacheCreationTokens ?? 0,
      };
