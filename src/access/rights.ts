import { Forbidden, Unauthenticated } from '../errors.ts';
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
  /** Clients of Elasticsearch. All others get a page without a key. */
  '/': 'INGEST',
  /** The page's own files hold no data. */
  '/assets/': 'NOTHING',
  '/icon.svg': 'NOTHING',
  '/healthz': 'NOTHING',
  '/readyz': 'NOTHING',
  /** Each field is checked when it is resolved. GraphiQL's page itself is open: it holds no data. */
  '/graphql': 'KEY',
  /** Its tools run as fields of GraphQL, which are checked too. */
  '/mcp': 'READ',
  /** The contents of model calls need CONTENT too: `http/export/exports.ts`. */
  '/export': 'READ',
  /** Signing in, with the key in a header. Signing out is open. */
  '/session': 'KEY',
  '/ingest': 'INGEST',
  '/gelf': 'INGEST',
  /** systemd-journal-upload. */
  '/upload': 'INGEST',
  '/v1/logs': 'INGEST',
  '/v1/traces': 'INGEST',
  '/loki/api/v1/push': 'INGEST',
  /** What Grafana reads. */
  '/loki/api/v1/': 'READ',
  /** What is answered says only that metrics are not taken. */
  '/v1/metrics': 'INGEST',
  /** Elasticsearch: what takes records, and what its clients ask before. */
  '/_': 'INGEST',
  '/{index}/_': 'INGEST',
  '/elastic': 'INGEST',
  '/elastic/': 'INGEST',
  /** Splunk's HTTP Event Collector. */
  '/services/collector': 'INGEST',
  '/services/collector/': 'INGEST',
  /** Datadog's intake of logs. */
  '/api/v2/logs': 'INGEST',
  '/api/v1/validate': 'INGEST',
  '/v1/input': 'INGEST',
  /** Says only that a key in a path is not read. */
  '/v1/input/': 'NOTHING',
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
  'Query.pipelines': 'READ',
  'Query.stats': 'READ',
  'Query.facets': 'READ',
  'Query.llmStats': 'READ',
  'Query.health': 'READ',
  'Query.storage': 'READ',
  'Query.savedSearches': 'READ',
  'Query.patterns': 'READ',
  'Query.unusual': 'READ',
  'Query.alertPreview': 'READ',
  /** Without a scope, as all that tells of alerts: `resolvers/alerts.ts`, `resolvers/alert-events.ts`. */
  'Query.alerts': 'READ',
  'Query.alertEvents': 'READ',
  'Query.notifiers': 'ADMIN',
  'Alert.notify': 'ADMIN',
  'Delivery.notifier': 'ADMIN',
  'Query.viewer': 'KEY',
  'Query.apiKeys': 'ADMIN',
  'Query.auditEvents': 'ADMIN',
  'Mutation.ingest': 'INGEST',
  'Mutation.cleanup': 'ADMIN',
  /** Without a scope; for a search with `metric`, or that an alert uses, ADMIN: `resolvers/searches.ts`, `watch/change-searches.ts`. */
  'Mutation.saveSearch': 'READ',
  'Mutation.deleteSearch': 'READ',
  'Mutation.saveAlert': 'ADMIN',
  'Mutation.deleteAlert': 'ADMIN',
  'Mutation.silenceAlert': 'ADMIN',
  'Mutation.testAlert': 'ADMIN',
  'Mutation.saveNotifier': 'ADMIN',
  'Mutation.deleteNotifier': 'ADMIN',
  'Mutation.createApiKey': 'ADMIN',
  'Mutation.revokeApiKey': 'ADMIN',
  'Subscription.tail': 'READ',
  'Subscription.stats': 'READ',
  'Subscription.pipelines': 'READ',
  'Subscription.alertEvents': 'READ',
  'Subscription.health': 'READ',
};

/** `what`: the route or the field, for the message. @throws Forbidden, Unauthenticated */
export function requireRight(caller: Caller, need: Need, what: string): void {
  requireKeyHolds(caller);
  const { rights, apiKey } = caller;
  if (need === 'NOTHING' || need === 'KEY' || rights.has(need)) return;
  const got = apiKey === null ? 'none' : `the key ${apiKey.name} with ${Array.from(rights).join(', ')}`;
  throw new Forbidden(`${what}: expected a key with the right ${need}, got ${got}`, need);
}

/**
 * A request may go on for long after it was let in: its body comes slowly, or it has many steps. So each field, and each part
 * of a body, asks again. @throws Unauthenticated
 */
export function requireKeyHolds({ end }: Caller): void {
  if (end?.aborted)
    throw new Unauthenticated('the API key of this request was revoked or has expired, or its session has ended');
}
