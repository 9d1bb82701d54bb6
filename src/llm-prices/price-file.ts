import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CannotStart } from '../errors.ts';
import { isJsonObject, tryJson } from '../log/json.ts';
import { shownJson } from '../log/shown.ts';
import type { PriceOf, PriceSource } from './price-source.ts';

/** One entry of the file. Prices are US dollars for a million tokens. */
interface FilePrice {
  /** Left out: any. */
  provider?: string;
  /** A name, or its beginning and a `*`. */
  model: string;
  inputUsd: number;
  outputUsd: number;
  /** Left out: as `inputUsd`. */
  cacheReadUsd?: number;
  cacheCreationUsd?: number;
}

export const FILE_PRICES_MAX = 10_000;

/** The price list in the file of LLM_PRICES. It is read once. @throws CannotStart it cannot be read, or is not as documented */
export async function readPriceFile(path: string): Promise<PriceSource> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new CannotStart(`LLM_PRICES: expected a file that can be read, got ${path}: ${cause.message}`, { cause });
  });
  const fail = (problem: string): never => {
    throw new CannotStart(`LLM_PRICES: ${path}: ${problem}. docs/llm.md describes the file`);
  };
  const file = tryJson(text);
  if (!isJsonObject(file) || !Array.isArray(file.models)) return fail('expected a JSON object with a list `models`');
  const { version, models } = file;
  if (version !== undefined && (typeof version !== 'string' || version === '' || version.length > 100)) {
    return fail(`version: expected a text of 1 to 100 characters, got ${shownJson(version)}`);
  }
  if (models.length > FILE_PRICES_MAX) return fail(`models: expected at most ${FILE_PRICES_MAX}, got ${models.length}`);
  for (const [index, model] of models.entries()) {
    const problem = problemOf(model);
    if (problem) return fail(`models[${index}]${problem}`);
  }
  const name = version ?? createHash('sha256').update(text).digest('hex').slice(0, 12);
  return sourceOf(models as FilePrice[], `LLM_PRICES ${name}`);
}

const PRICES = ['inputUsd', 'outputUsd', 'cacheReadUsd', 'cacheCreationUsd'] as const;
const OPTIONAL: readonly string[] = ['provider', 'cacheReadUsd', 'cacheCreationUsd'];
const NAMES: readonly string[] = ['provider', 'model', ...PRICES];

function problemOf(model: unknown): string | undefined {
  if (!isJsonObject(model)) return `: expected an object, got ${shownJson(model)}`;
  const unknown = Object.keys(model).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return `: expected ${NAMES.join(', ')}, got ${shownJson(unknown)}`;
  for (const name of NAMES) {
    const value = model[name];
    if (value === undefined && OPTIONAL.includes(name)) continue;
    const isPrice = (PRICES as readonly string[]).includes(name);
    const isRight = isPrice
      ? typeof value === 'number' && Number.isFinite(value) && value >= 0
      : typeof value === 'string' && value !== '';
    if (!isRight) return `.${name}: expected ${isPrice ? 'a number, 0 or more' : 'a text'}, got ${shownJson(value)}`;
  }
  return undefined;
}

/** The first entry that has the provider and the model. */
const sourceOf = (models: readonly FilePrice[], version: string): PriceSource => ({
  find(provider, model) {
    const found = models.find(
      (one) => (one.provider === undefined || one.provider === provider) && isModel(one, model),
    );
    return found ? { nanoUsd: priceOf(found), version } : null;
  },
});

const isModel = ({ model }: FilePrice, name: string): boolean =>
  model.endsWith('*') ? name.startsWith(model.slice(0, -1)) : model === name;

const priceOf =
  ({ inputUsd, outputUsd, cacheReadUsd = inputUsd, cacheCreationUsd = inputUsd }: FilePrice): PriceOf =>
  ({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }) => {
    const uncached = inputTokens - cacheReadTokens - cacheCreationTokens;
    // A dollar for a million tokens is 1000 nano-dollars for one.
    return Math.round(
      1000 *
        (uncached * inputUsd +
          cacheReadTokens * cacheReadUsd +
          cacheCreationTokens * cacheCreationUsd +
          outputTokens * outputUsd),
    );
  };
