import type { Route, RouteHandler } from '../http/route.ts';
import {
  datadogErrorResponse,
  INPUT_PATH,
  keyIsValid,
  LOGS_PATHS,
  refuseKeyInPath,
  VALIDATE_PATH,
} from '../ingest/receivers/datadog/datadog-route.ts';
import { hecErrorResponse } from '../ingest/receivers/splunk/answer.ts';
import { HEC_PATH } from '../ingest/receivers/splunk/hec-route.ts';

export function splunkRoutes(handle: RouteHandler): Route[] {
  const rest = { methods: ['GET', 'POST'], handle, errorResponse: hecErrorResponse };
  return [
    { path: HEC_PATH, ...rest },
    { prefix: `${HEC_PATH}/`, ...rest },
  ];
}

export function datadogRoutes(handle: RouteHandler): Route[] {
  const rest = { methods: ['POST'], errorResponse: datadogErrorResponse };
  return [
    ...LOGS_PATHS.map((path) => ({ path, ...rest, handle })),
    { prefix: `${INPUT_PATH}/`, ...rest, handle: refuseKeyInPath },
    { path: VALIDATE_PATH, ...rest, methods: ['GET'], handle: keyIsValid },
  ];
}
