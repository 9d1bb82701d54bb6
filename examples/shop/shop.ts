import express, { type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { expressRequestLog, fetchWithContext } from 'weir-client/http';
import type { Catalogue } from './catalogue.ts';
import { type Listening, listen } from './listen.ts';
import type { AskModel } from './model.ts';

interface Parts {
  log: Logger;
  catalogue: Catalogue;
  askModel: AskModel;
  paymentsUrl: string;
}

/** The shop, with Express: `GET /products/:id`, and `POST /orders` with `{ product, card }`. */
export function startShop({ log, catalogue, askModel, paymentsUrl }: Parts): Promise<Listening> {
  const requests = expressRequestLog({
    log,
    slowMs: 500,
    ignore: ['/health'],
    headers: ['accept-language'],
    userId: (request: Request) => request.get('x-user'),
  });

  async function order(request: Request, response: Response): Promise<void> {
    const { product: id, card } = request.body as { product: string; card: string };
    const product = catalogue.get(id);
    if (!product) return void response.status(404).json({ error: `no product ${id}` });
    log.info({ component: 'stock', product: id }, `reserved ${id}`);
    const note = await askModel(`Write a note for a parcel with: ${id}`);
    // The ids go with the request, so that the records of the other service are in the same chain.
    const payment = await fetchWithContext(`${paymentsUrl}/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: product.price, card }),
    });
    if (!payment.ok) throw new Error(`expected a payment, got status ${payment.status}`);
    log.info({ component: 'orders', product: id }, `sold ${id}`);
    response.status(201).json({ product: id, note });
  }

  const app = express().set('env', 'test');
  app.use(requests, express.json());
  app.get('/health', (_, response) => void response.json({ ok: true }));
  app.get('/products/:id', ({ params }, response) => {
    const product = catalogue.get(params.id);
    response.status(product ? 200 : 404).json(product ?? { error: `no product ${params.id}` });
  });
  app.post('/orders', order);
  app.use(requests.errors);
  return listen(app);
}
