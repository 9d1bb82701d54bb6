import { builder } from './builder.ts';
import './scalars.ts';
import './node.ts';
import './log.ts';
import './connection.ts';
import './correlation.ts';
import './correlations.ts';
import './pipeline.ts';
import './runs.ts';
import './stats.ts';
import './facets.ts';
import './llm-stats.ts';
import './health.ts';
import './storage.ts';
import './ingest.ts';
import './cleanup.ts';
import './tail.ts';
import './keys.ts';
import './audit.ts';
import './searches.ts';
import './patterns.ts';
import './alerts.ts';
import './alert-events.ts';
import './alert-preview.ts';
import './notifiers.ts';
import { withRights } from './rights.ts';

builder.queryType({
  description: 'Reads records and the state of the server. If one field fails, the others still have their results.',
});
builder.mutationType({
  description: 'Changes the logs database. The fields of one operation run one after the other.',
});
builder.subscriptionType({ description: 'Live results, over websocket (graphql-transport-ws) or server-sent events.' });

/**
 * The API. The files of this folder add their types and fields. `schema.graphql` is printed from it. Each field of it checks the
 * rights of the caller.
 */
export const schema = withRights(builder.toSchema({ sortSchema: false }));
