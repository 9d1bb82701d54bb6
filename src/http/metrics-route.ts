import type { Caller } from '../access/caller.ts';
import { Forbidden } from '../errors.ts';
import { TEXT_CONTENT_TYPE } from '../metrics/text.ts';
import type { Route } from './route.ts';

/** `/metrics`. They count all records, so they need ADMIN, or READ without a scope. `isOpen`: METRICS=open. */
export const metricsRoute = (read: () => Promise<string>, isOpen: boolean): Route => ({
  path: '/metrics',
  methods: ['GET'],
  async handle(_request, caller) {
    if (!isOpen) expectAllRecords(caller);
    return new Response(await read(), { headers: { 'content-type': TEXT_CONTENT_TYPE, 'cache-control': 'no-store' } });
  },
});

function expectAllRecords({ rights, scope }: Caller): void {
  if (rights.has('ADMIN') || (rights.has('READ') && scope === null)) return;
  throw new Forbidden(
    '/metrics: expected a key with ADMIN, or with READ and without a scope. Use such a key, or set METRICS=open',
  );
}
