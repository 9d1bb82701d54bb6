import type { Draft } from './record.ts';

/** A record as `POST /ingest` takes it, in Weir's own names: one line of NDJSON. */
export function wireLine(draft: Draft): string {
  const { httpMethod, httpPath, httpStatus, httpUserAgent, httpClientIp, attributes, ...fields } = draft;
  const http = said({
    method: httpMethod,
    path: httpPath,
    status: httpStatus,
    userAgent: httpUserAgent,
    clientIp: httpClientIp,
  });
  return JSON.stringify({
    ...said(fields),
    ...(Object.keys(http).length > 0 && { http }),
    attributes: attributes ?? {},
  });
}

const said = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
