import type { ExecutionResult } from 'graphql';
import type { Caller } from '../../access/caller.ts';
import { BodyRejected, NotAcceptable, type WeirError } from '../../errors.ts';
import { shown } from '../../log/shown.ts';
import { schema } from '../../schema/index.ts';
import { compressed } from '../encoding.ts';
import type { Graphql } from '../graphql/graphql.ts';
import { acceptedTypes } from '../graphql/negotiation.ts';
import { withPlainBody } from '../graphql/plain-body.ts';
import type { Route } from '../route.ts';
import { CODES, Failure, readMessage, responseText } from './message.ts';
import { createMethods } from './methods.ts';
import { prepareTool, type RunQuery } from './prepared-tool.ts';
import { readEra } from './revision.ts';
import { TOOLS } from './tools/tools.ts';

/** The body of a request. The texts of a query's variables have half of it. */
export const MCP_BODY_BYTES_MAX = 256 * 1024;

const JSON_TYPE = 'application/json';

/**
 * `/mcp`: the Model Context Protocol over streamable HTTP, for assistants. Stateless: each POST has one message, and its response is
 * one JSON object. Tools run as operations of GraphQL, so their rights, scope, limits and errors are the same.
 */
export function mcpRoute(graphql: Graphql): Route {
  const respond = createMethods(TOOLS.map((tool) => prepareTool(schema, tool)));

  async function handle(request: Request, caller: Caller): Promise<Response> {
    checkTypes(request);
    const message = readMessage(await (await withPlainBody(request, MCP_BODY_BYTES_MAX)).text());
    if (message instanceof Failure) return responseOf(null, message);
    const era = readEra(message, request.headers);
    if (era instanceof Failure) return responseOf(message.id, era);
    if (message.id === null) return new Response(null, { status: 202 });
    const outcome = await respond(message, era, runQuery(graphql, caller, request.signal));
    return compressed(request.headers.get('accept-encoding'), responseOf(message.id, outcome));
  }

  return { path: '/mcp', methods: ['POST'], handle, errorResponse: mcpErrorResponse };
}

function responseOf(id: string | number | null, outcome: object | Failure): Response {
  const status = outcome instanceof Failure ? outcome.status : 200;
  return new Response(responseText(id, outcome), { status, headers: { 'content-type': JSON_TYPE } });
}

/** An error outside of a message: the client is not let in, or its body is not read. */
function mcpErrorResponse({ code, message, status, headers }: WeirError): Response {
  const rpcCode = status >= 500 ? CODES.internalError : CODES.invalidRequest;
  const response = responseOf(null, new Failure(rpcCode, message, { status, data: { code } }));
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** A page of another origin can send no JSON without a preflight. */
function checkTypes(request: Request): void {
  const sent = request.headers.get('content-type') ?? 'none';
  if (sent.split(';', 1)[0]!.trim().toLowerCase() !== JSON_TYPE) {
    throw new BodyRejected(415, 'UNSUPPORTED_CONTENT_TYPE', `Content-Type: expected ${JSON_TYPE}, got ${shown(sent)}`);
  }
  if (acceptedTypes(request)(JSON_TYPE)) return;
  const got = shown(String(request.headers.get('accept')));
  throw new NotAcceptable(`Accept: expected ${JSON_TYPE} and text/event-stream, got ${got}`);
}

/** `gone` is aborted when the client has left: the statements of its tool are then cancelled. */
const runQuery =
  ({ getEnveloped, mapError }: Graphql, caller: Caller, gone: AbortSignal): RunQuery =>
  async (query, variables): Promise<ExecutionResult> => {
    try {
      const { parse, validate, contextFactory, execute } = getEnveloped({ params: { query, variables }, caller, gone });
      const document = parse(query);
      const errors = validate(schema, document);
      if (errors.length > 0) return { errors };
      return await execute({ schema, document, variableValues: variables, contextValue: await contextFactory() });
    } catch (error) {
      return { errors: [mapError(error)] };
    }
  };
