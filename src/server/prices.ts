import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import { hasCalls } from '../db/partitions/partition-keeper.ts';
import { createPackagePrices } from '../llm-prices/package-prices.ts';
import { readPriceFile } from '../llm-prices/price-file.ts';
import { createPrices } from '../llm-prices/prices.ts';
import type { Prices } from '../log/make-llm-call.ts';
import type { Meters } from '../metrics/meters.ts';

/** What model calls cost: by the file of LLM_PRICES, then by the package's list. `sql`: null while the database is away. */
export async function openPrices({ llmPrices }: Config, sql: Sql | null, meters: Meters): Promise<Prices> {
  const own = llmPrices === null ? [] : [await readPriceFile(llmPrices)];
  const listed = createPackagePrices();
  // Before clients connect: the first call would keep them waiting.
  if (sql && (await hasCalls(sql))) listed.load();
  return createPrices([...own, listed], meters.unpricedCall);
}
