import { type DocumentNode, type ExecutionArgs, getOperationAST } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Caller } from '../../access/caller.ts';
import { createContext, type Services } from '../../resolvers/context.ts';
import { schema } from '../../schema/index.ts';
import type { RouteHandler } from '../route.ts';
import { checkCost } from './cost.ts';
import { createDocumentCache, parseWithinLimits } from './document.ts';
import { useGraphiqlPage } from './graphiql.ts';
import { createErrorMapper, type ErrorMapper } from './graphql-errors.ts';
import { GRAPHQL_BODY_BYTES_MAX } from './request-json.ts';
import { useRequestParser } from './request-parser.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { checkedVariables } from './variables.ts';

export const GRAPHQL_PATH = '/graphql';

/** GraphQL over HTTP. The websocket uses the rest, so that its operations have the same limits, context and errors. */
export interface Graphql {
  handle: RouteHandler;
  /** yoga's parse, validate and execute for one operation. */
  getEnveloped: ReturnType<typeof yogaOf>['getEnveloped'];
  mapError: ErrorMapper;
  subscriptions: Subscriptions;
  log: Logger;
}

export function createGraphql(services: Services): Graphql {
  const log = services.log.child({ component: 'graphql' });
  const mapError = createErrorMapper(log, services.config.queryTimeoutMs);
  const subscriptions = createSubscriptions(services.config.subscriptions.max, mapError);
  const yoga = yogaOf(services, mapError, subscriptions.plugin);
  return {
    handle: (request, caller) => yoga.fetch(request, { caller }),
    getEnveloped: yoga.getEnveloped,
    mapError,
    subscriptions,
    log,
  };
}

/** What yoga knows of an operation when it makes the context. */
interface Origin {
  caller: Caller;
  /** Aborted when the client of a websocket operation has gone. Over HTTP the request has such a signal. */
  gone?: AbortSignal;
}

const yogaOf = (services: Services, mapError: ErrorMapper, subscriptions: Plugin) =>
  createYoga<Origin>({
    schema,
    context: ({ caller, gone, request }) => createContext(services, caller, gone ?? request.signal),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [useGraphiqlPage(GRAPHQL_PATH), useRequestParser(), useLimits(mapError), subscriptions],
    maskedErrors: { maskError: (error) => mapError(error) },
    parserAndValidationCache: { documentCache: createDocumentCache<DocumentNode>(), errorCache: createDocumentCache() },
    maxRequestBodySize: GRAPHQL_BODY_BYTES_MAX,
    batching: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  });

/**
 * Checks a document before it is validated, because validation may be expensive. Checks variables and cost just before the
 * operation is executed, when the variables are known.
 */
function useLimits(mapError: ErrorMapper): Plugin {
  const check = (args: ExecutionArgs): void => {
    const operation = getOperationAST(args.document, args.operationName);
    if (operation && args.variableValues) {
      args.variableValues = checkedVariables(args.schema, operation, args.variableValues);
    }
    checkCost(args);
  };
  const beforeExecution = ({ args, setResultAndStopExecution }: BeforeExecution): void => {
    try {
      check(args);
    } catch (error) {
      setResultAndStopExecution({ errors: [mapError(error)] });
    }
  };
  return {
    onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
    onValidate:
      () =>
      ({ result, setResult }) =>
        setResult(result.map((error: unknown) => mapError(error, 'GRAPHQL_VALIDATION_FAILED'))),
    onExecute: beforeExecution as never,
    onSubscribe: beforeExecution as never,
  };
}

interface BeforeExecution {
  args: { -readonly [name in keyof ExecutionArgs]: ExecutionArgs[name] };
  setResultAndStopExecution(result: { errors: Error[] }): void;
}
