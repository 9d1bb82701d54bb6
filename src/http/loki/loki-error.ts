import { QuerySyntax, type WeirError } from '../../errors.ts';

/** Loki's form of an error. Grafana shows `message`; other clients read Prometheus' `error`. */
export function lokiErrorResponse(error: WeirError): Response {
  const { status, message, headers } = error;
  const errorType =
    error instanceof QuerySyntax || status === 400 ? 'bad_data' : status === 504 ? 'timeout' : 'execution';
  return Response.json({ status: 'error', code: status, errorType, error: message, message }, { status, headers });
}
