import type { Route, RouteHandler } from '../http/route.ts';
import { createBodyMemory } from '../ingest/http/body-memory.ts';
import { createIngestRoute } from '../ingest/http/ingest-route.ts';
import { meteredStoreBody } from '../ingest/http/metered-store-body.ts';
import { memoryOfHeap } from '../ingest/http/store-body.ts';
import { createDatadogRoute } from '../ingest/receivers/datadog/datadog-route.ts';
import { createElasticsearchRoute } from '../ingest/receivers/elasticsearch/elasticsearch-route.ts';
import { createGelfRoute, GELF_PATH, gelfErrorResponse } from '../ingest/receivers/gelf/gelf-route.ts';
import { createUploadRoute, UPLOAD_PATH, uploadErrorResponse } from '../ingest/receivers/journald/upload-route.ts';
import { createPushRoute, pushErrorResponse } from '../ingest/receivers/loki/push-route.ts';
import { statusResponse } from '../ingest/receivers/otlp/answer.ts';
import { createLogsRoute, createTracesRoute } from '../ingest/receivers/otlp/export-route.ts';
import { refuseSignal, SIGNALS_NOT_TAKEN } from '../ingest/receivers/otlp/signals-not-taken.ts';
import { createHecRoute } from '../ingest/receivers/splunk/hec-route.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import type { Meters, Protocol } from '../metrics/meters.ts';
import { datadogRoutes, splunkRoutes } from './agent-routes.ts';
import { elasticsearchRoutes, rootRoute } from './elasticsearch-routes.ts';

interface IngestRouteDeps {
  ingest: Ingest;
  bodyBytesMax: number;
  /** Requests that protocols without idempotency keys repeat are stored once. */
  mayDedupe: boolean;
  /** The page of `/`. */
  page: RouteHandler;
  meters: Meters;
  /** Refuses requests while the server closes. */
  whileOpen: (handler: RouteHandler) => RouteHandler;
}

/** The routes that take records, one for each protocol. */
export function ingestRoutes({ ingest, bodyBytesMax, mayDedupe, page, meters, whileOpen }: IngestRouteDeps): Route[] {
  const memory = createBodyMemory(memoryOfHeap());
  const storeBody = (protocol: Protocol) =>
    meteredStoreBody({ ingest, bodyBytesMax, mayDedupe, memory }, meters.ingest(protocol));
  const otlp = (path: string, handle: RouteHandler): Route => ({
    path,
    methods: ['POST'],
    handle: whileOpen(handle),
    errorResponse: statusResponse,
  });
  const elasticsearch = whileOpen(createElasticsearchRoute(storeBody('elasticsearch')));
  return [
    rootRoute(page, elasticsearch),
    ...elasticsearchRoutes(elasticsearch),
    ...splunkRoutes(whileOpen(createHecRoute(storeBody('splunk')))),
    ...datadogRoutes(whileOpen(createDatadogRoute(storeBody('datadog')))),
    { path: '/ingest', methods: ['POST'], handle: whileOpen(createIngestRoute(storeBody('http'))) },
    otlp('/v1/logs', createLogsRoute(storeBody('otlp'))),
    otlp('/v1/traces', createTracesRoute(storeBody('otlp'), meters.spanSkipped)),
    {
      path: '/loki/api/v1/push',
      methods: ['POST'],
      handle: whileOpen(createPushRoute(storeBody('loki'))),
      errorResponse: pushErrorResponse,
    },
    {
      path: GELF_PATH,
      methods: ['POST'],
      handle: whileOpen(createGelfRoute(storeBody('gelf'))),
      errorResponse: gelfErrorResponse,
    },
    {
      path: UPLOAD_PATH,
      methods: ['POST'],
      handle: whileOpen(createUploadRoute(storeBody('journald'))),
      errorResponse: uploadErrorResponse,
    },
    ...Object.entries(SIGNALS_NOT_TAKEN).map(([path, reason]) => otlp(path, refuseSignal(reason))),
  ];
}
