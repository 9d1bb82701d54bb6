import { WeirError } from '../../../errors.ts';

/** The official clients refuse a server that does not say it. */
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };

const COMPATIBLE = /compatible-with\s*=\s*"?(\d+)/;

/** The major version that a client of Elasticsearch asks for by its media types. Undefined: it asks for none. */
export function compatibleVersion({ headers }: Request): number | undefined {
  const [, version] =
    COMPATIBLE.exec(headers.get('accept') ?? '') ?? COMPATIBLE.exec(headers.get('content-type') ?? '') ?? [];
  return version === undefined ? undefined : Number(version);
}

/** JSON, in the media type that the client asks for. */
export function answer(
  request: Request,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  const version = compatibleVersion(request);
  const type =
    version === undefined ? 'application/json' : `application/vnd.elasticsearch+json;compatible-with=${version}`;
  return new Response(JSON.stringify(body), { status, headers: { ...headers, ...PRODUCT, 'content-type': type } });
}

export const answerText = (text: string): Response =>
  new Response(text, { headers: { ...PRODUCT, 'content-type': 'text/plain; charset=UTF-8' } });

/** An error as Elasticsearch has it in a response, and of one item of a bulk. */
export interface ElasticError {
  type: string;
  reason: string;
}

export const answerError = (
  request: Request,
  status: number,
  error: ElasticError,
  headers: Record<string, string> = {},
): Response => answer(request, status, { error: { root_cause: [error], ...error }, status }, headers);

/** Whether the same request may succeed later. */
export const isTemporary = (error: unknown): boolean =>
  error instanceof WeirError && (error.status === 429 || error.status === 503);

/** What Elasticsearch calls errors of these statuses. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'illegal_argument_exception',
  401: 'security_exception',
  403: 'security_exception',
  404: 'resource_not_found_exception',
  413: 'content_too_long_exception',
  415: 'media_type_header_exception',
  429: 'es_rejected_execution_exception',
  503: 'es_rejected_execution_exception',
};

export const elasticErrorOf = ({ status, code, message }: WeirError): ElasticError => ({
  type: TYPES[status] ?? (status < 500 ? 'illegal_argument_exception' : 'exception'),
  reason: `${code}: ${message}`,
});

/** Temporary trouble is 503 for the whole request: the official clients repeat it then, but not at 429. */
export const elasticErrorResponse = (error: WeirError, request: Request): Response =>
  answerError(request, isTemporary(error) ? 503 : error.status, elasticErrorOf(error), error.headers);
