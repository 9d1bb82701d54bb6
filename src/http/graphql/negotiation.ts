import type { Plugin } from 'graphql-yoga';
import { BodyRejected, NotAcceptable, PersistedQueryNotSupported, type WeirError } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import { eventStream, isStream } from './event-stream.ts';

const JSON_TYPES = ['application/graphql-response+json', 'application/json'];
const EVENTS = 'text/event-stream';
const BODY_TYPES = [
  'application/json',
  'application/graphql+json',
  'application/graphql',
  'application/x-www-form-urlencoded',
];

/**
 * Agrees with the client on the types of the request and the response, before anything is executed. yoga would execute a
 * mutation and then find that its client takes no result, and its 406 and 415 have no body.
 */
export const useNegotiation = (): Plugin => ({
  onRequestParse({ request, endResponse }) {
    const error = bodyTypeError(request) ?? acceptError(request);
    if (error) endResponse(graphqlErrorResponse(error));
  },
  onParams({ params }) {
    if (!params.query && params.extensions?.persistedQuery) throw new PersistedQueryNotSupported();
  },
  async onResultProcess({ request, result, setResultProcessor }) {
    if (Array.isArray(result)) return;
    const accepts = acceptedTypes(request);
    if (!isStream(result)) {
      if (!JSON_TYPES.some(accepts) && accepts(EVENTS)) setResultProcessor(eventStream as never, EVENTS);
    } else if (accepts(EVENTS)) {
      setResultProcessor(eventStream as never, EVENTS);
    } else {
      await result[Symbol.asyncIterator]().return?.();
      const got = request.headers.get('accept');
      const error = new NotAcceptable(`Accept: expected ${EVENTS} for a subscription, got ${shown(String(got))}`);
      setResultProcessor((() => graphqlErrorResponse(error)) as never, 'application/json');
    }
  },
});

/** An error outside of an operation, in the form of GraphQL. */
export const graphqlErrorResponse = ({ status, headers, code, message }: WeirError): Response =>
  Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });

function bodyTypeError({ method, headers }: Request): BodyRejected | undefined {
  if (method !== 'POST') return undefined;
  const sent = headers.get('content-type');
  if (BODY_TYPES.includes((sent ?? '').split(';', 1)[0]!.trim().toLowerCase())) return undefined;
  return new BodyRejected(
    415,
    'UNSUPPORTED_CONTENT_TYPE',
    `Content-Type: expected application/json, got ${sent === null ? 'none' : shown(sent)}`,
  );
}

function acceptError(request: Request): NotAcceptable | undefined {
  if ([...JSON_TYPES, EVENTS, 'multipart/mixed'].some(acceptedTypes(request))) return undefined;
  const got = shown(String(request.headers.get('accept')));
  return new NotAcceptable(`Accept: expected ${[...JSON_TYPES, EVENTS].join(', ')} or */*, got ${got}`);
}

/** Whether the client accepts a type. Without `Accept` it accepts all. */
export function acceptedTypes({ headers }: Request): (type: string) => boolean {
  const ranges = (headers.get('accept')?.trim() || '*/*').split(',').flatMap((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return (type) => ranges.some((range) => [type, `${type.split('/', 1)[0]}/*`, '*/*'].includes(range));
}
