import { type DocumentNode, type ExecutionArgs, getOperationAST } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { createContext, type Services } from '../../resolvers/context.ts';
import { schema } from '../../schema/index.ts';
import type { Handle } from '../handle.ts';
import { checkCost } from './cost.ts';
import { createDocumentCache, parseWithinLimits } from './document.ts';
import { useGraphiqlPage } from './graphiql.ts';
import { createErrorMapper, type ErrorMapper } from './graphql-errors.ts';
import { useRequestParser } from './request-parser.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { checkVariables, floatsRestored } from './variables.ts';

export const GRAPHQL_PATH = '/graphql';

/** GraphQL over HTTP, and what the websocket needs to run operations under the same limits, context and errors. */
export interface Graphql {
  handle: Handle;
  /** yoga's parse, validate and execute for one operation. */
  getEnveloped: ReturnType<typeof yogaOf>['getEnveloped'];
  mapError: ErrorMapper;
  subscriptions: Subscriptions;
  log: Logger;
}

export function createGraphql(services: Services): Graphql {
  const log = services.log.child({ part: 'graphql' });
  const mapError = createErrorMapper(log, services.config.queryTimeoutMs);
  const subscriptions = createSubscriptions(services.config.subscriptions.max, mapError);
  const yoga = yogaOf(services, mapError, subscriptions.plugin);
  return {
    handle: (request) => yoga.fetch(request),
    getEnveloped: yoga.getEnveloped,
    mapError,
    subscriptions,
    log,
  };
}

const yogaOf = (services: Services, mapError: ErrorMapper, subscriptions: Plugin) =>
  createYoga({
    schema,
    context: ({ left, request }: { left?: AbortSignal; request?: Request }) =>
      createContext(services, left ?? request!.signal),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [useGraphiqlPage(GRAPHQL_PATH), useRequestParser(), useLimits(mapError), subscriptions],
    maskedErrors: { maskError: (error) => mapError(error) },
    parserAndValidationCache: { documentCache: createDocumentCache<DocumentNode>(), errorCache: createDocumentCache() },
    maxRequestBodySize: services.config.ingest.bodyBytesMax,
    batching: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  });

/** The document is checked before it is validated, which may itself be dear; its cost once its variables are known. */
function useLimits(mapError: ErrorMapper): Plugin {
  const check = (args: ExecutionArgs): void => {
    checkVariables(args.variableValues);
    const operation = getOperationAST(args.document, args.operationName);
    if (operation && args.variableValues) {
      args.variableValues = floatsRestored(args.schema, operation, args.variableValues);
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
