import { Forbidden } from '../errors.ts';
import type { Caller, Right } from './caller.ts';

/**
 * What a route or a field needs: a right, or one of these.
 * - `KEY`: any valid key.
 * - `NOTHING`: open also to clients without a key.
 */
export type Need = Right | 'KEY' | 'NOTHING';

/**
 * The one table of what needs which right. A route stands under its path or prefix, a field under its type and name. A route
 * without an entry needs ADMIN; a field of a root type without an entry is an error at the start. A test walks both.
 */
export const ROUTE_NEEDS: Readonly<Record<string, Need>> = {
  '/': 'NOTHING',
  '/healthz': 'NOTHING',
  '/readyz': 'NOTHING',
  /** Each field is checked when it is resolved. GraphiQL's page itself is open: it holds no data. */
  '/graphql': 'KEY',
  '/ingest': 'INGEST',
  /** Counts all records: a key with a scope is refused. Open with METRICS=open. */
  '/metrics': 'READ',
};

export const FIELD_NEEDS: Readonly<Record<string, Need>> = {
  /** An id of an API key needs ADMIN too: `resolvers/node.ts`. */
  'Query.node': 'READ',
  'Query.nodes': 'READ',
  'Query.log': 'READ',
  'Query.logs': 'READ',
  'Query.correlation': 'READ',
  'Query.correlations': 'READ',
  'Query.pipeline': 'READ',
  'Query.stats': 'READ',
  'Query.facets': 'READ',
  'Query.health': 'READ',
  'Query.storage': 'READ',
  'Query.viewer': 'KEY',
  'Query.apiKeys': 'ADMIN',
  'Query.auditEvents': 'ADMIN',
  'Mutation.ingest': 'INGEST',
  'Mutation.cleanup': 'ADMIN',
  'Mutation.createApiKey': 'ADMIN',
  'Mutation.revokeApiKey': 'ADMIN',
  'Subscription.tail': 'READ',
  'Subscription.stats': 'READ',
  'Subscription.health': 'READ',
};

/** `what`: the route or the field, for the message. @throws Forbidden */
export function requireRight({ rights, apiKey }: Caller, need: Need, what: string): void {
  if (need === 'NOTHING' || need === 'KEY' || rights.has(need)) return;
  const got = apiKey === null ? 'none' : `the key ${apiKey.name} with ${Array.from(rights).join(', ')}`;
  throw new Forbidden(`${what}: expected a key with the right ${need}, got ${got}`, need);
}
