import type { IngestMeter } from '../../metrics/meters.ts';
import { countFailure, meteredIngest } from '../write/metered-ingest.ts';
import { createStoreBody, type StoreBody, type StoreBodyOptions } from './store-body.ts';

/** `createStoreBody` for one protocol: records are counted, and each body that is not accepted as a whole counts once. */
export function meteredStoreBody({ ingest, ...options }: StoreBodyOptions, meter: IngestMeter): StoreBody {
  const metered = meteredIngest(ingest, { ...meter, failed: () => {} });
  const storeBody = createStoreBody({ ingest: metered, ...options });
  return async (request, caller, reading) => {
    const outcome = await storeBody(request, caller, reading);
    if (outcome.error !== undefined) countFailure(meter, outcome.error);
    return outcome;
  };
}
