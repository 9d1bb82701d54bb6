import { builder } from './builder.ts';
import './scalars.ts';
import './node.ts';
import './log.ts';
import './connection.ts';
import './correlation.ts';
import './correlations.ts';
import './pipeline.ts';
import './stats.ts';
import './facets.ts';
import './health.ts';
import './storage.ts';
import './ingest.ts';
import './cleanup.ts';
import './tail.ts';

builder.queryType({ description: 'Questions. Each field can fail by itself: one failure never hides the others.' });
builder.mutationType({
  description: 'What changes the logs database. The fields of one operation run one after the other.',
});
builder.subscriptionType({ description: 'What goes on. Over websocket (graphql-transport-ws) or server-sent events.' });

/** The API. Each file of this folder adds its part; `schema.graphql` is printed from it. */
export const schema = builder.toSchema({ sortSchema: false });
