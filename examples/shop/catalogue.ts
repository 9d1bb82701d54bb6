import type { Logger } from 'pino';
import { pipeline } from 'weir-client/pipeline';
import type { AskModel } from './model.ts';

export interface Product {
  id: string;
  price: number;
  text?: string;
}
export type Catalogue = Map<string, Product>;

/** What the supplier sends every night. */
const DELIVERY = ['tent;240', 'lamp;18', 'stove;55', 'broken line'];

/** Reads the delivery, asks the model for the texts, and fills the catalogue. Each stage is a stage of the run in Weir. */
export const importCatalogue = (log: Logger, askModel: AskModel, catalogue: Catalogue): Promise<string> =>
  pipeline('import-catalogue', { log }, async (run) => {
    const products = await run.stage('read', (stage) => {
      const read = DELIVERY.flatMap((line) => productOf(line) ?? []);
      if (read.length < DELIVERY.length) stage.log.warn({ lines: DELIVERY.length }, 'some lines are no products');
      stage.set({ products: read.length });
      return read;
    });
    await run.stage('describe', async () => {
      for (const product of products) product.text = await askModel(`Praise in one sentence: ${product.id}`);
    });
    await run.stage('store', () => {
      for (const product of products) catalogue.set(product.id, product);
    });
    return run.pipelineId;
  });

function productOf(line: string): Product | undefined {
  const [id, price] = line.split(';');
  return id && price ? { id, price: Number(price) } : undefined;
}
