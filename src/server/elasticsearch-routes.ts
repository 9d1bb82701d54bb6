import { errorResponse } from '../http/error-response.ts';
import type { Route, RouteHandler } from '../http/route.ts';
import { elasticErrorResponse } from '../ingest/receivers/elasticsearch/answer.ts';
import { isElasticClient } from '../ingest/receivers/elasticsearch/clients.ts';
import { ELASTIC_PATH } from '../ingest/receivers/elasticsearch/elasticsearch-route.ts';

/** All paths of Elasticsearch's own begin with an underscore, after an index or not. */
export function elasticsearchRoutes(handle: RouteHandler): Route[] {
  const rest = { methods: ['GET', 'POST', 'PUT'], handle, errorResponse: elasticErrorResponse };
  return [
    { prefix: '/_', ...rest },
    { pattern: /^\/[^/]+\/_/, name: '/{index}/_', ...rest },
    { path: ELASTIC_PATH, ...rest },
    { prefix: `${ELASTIC_PATH}/`, ...rest },
  ];
}

/** `/` is a page, but Elasticsearch for its clients: the official ones ask for it before all else. */
export const rootRoute = (page: RouteHandler, elasticsearch: RouteHandler): Route => ({
  path: '/',
  methods: ['GET'],
  handle: (request, caller) => (isElasticClient(request) ? elasticsearch : page)(request, caller),
  isOpen: (request) => !isElasticClient(request),
  errorResponse: (error, request) =>
    isElasticClient(request) ? elasticErrorResponse(error, request) : errorResponse(error),
});
