/**
 * A small shop whose records go to the Weir server of `WEIR_URL`: imports its catalogue, takes a few orders, of which one fails,
 * prints what to ask Weir, and ends.
 */
import { type Catalogue, importCatalogue } from './catalogue.ts';
import { startFakeProvider } from './fake-provider.ts';
import { createLog } from './log.ts';
import { createModel } from './model.ts';
import { startPayments } from './payments.ts';
import { startShop } from './shop.ts';

const url = process.env.WEIR_URL ?? 'http://127.0.0.1:4000';
const root = createLog(url);
const log = root.child({ service: 'shop' });

const catalogue: Catalogue = new Map();
const provider = await startFakeProvider();
const payments = await startPayments(root.child({ service: 'payments' }));
const askModel = createModel(log, provider.url);
const shop = await startShop({ log, catalogue, askModel, paymentsUrl: payments.url });

async function buy(user: string, product: string, card: string): Promise<string> {
  const response = await fetch(`${shop.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user, 'accept-language': 'en' },
    body: JSON.stringify({ product, card }),
  });
  const chain = response.headers.get('x-correlation-id')!;
  console.log(`${user} orders ${product}: status ${response.status}, chain ${chain}`);
  return chain;
}

const run = await importCatalogue(log, askModel, catalogue);
console.log(`the catalogue has ${catalogue.size} products: run ${run}`);
await fetch(`${shop.url}/products/lamp`);
await buy('ann', 'lamp', 'valid');
await buy('cem', 'boat', 'valid');
const failed = await buy('bob', 'tent', 'expired');

console.log(`
Ask ${url} what happened to the last order:
{
  correlation(correlationId: "${failed}") {
    durationMs logCount services userIds
    firstError { service component message errorType }
    steps { service component gapMs logCount highestLevel }
    llm { calls inputTokens outputTokens costUsd }
    logs(first: 50) { nodes { timestamp level service component message } }
  }
  stats(filter: { correlationIds: ["${failed}"] }) { total errorRate byComponent { value count } durations { p50 max } }
}`);

for (const server of [shop, payments, provider]) await server.close();
await new Promise((resolve) => root.flush(resolve));
