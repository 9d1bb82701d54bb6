import { type DocumentNode, type ExecutionArgs, getOperationAST } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Caller } from '../../access/caller.ts';
import { createOperations, type OpenOperation } from '../../db/connection/operation.ts';
import { createTurns } from '../../db/connection/turns.ts';
import { WeirError } from '../../errors.ts';
import type { GraphqlMeter } from '../../metrics/meters.ts';
import { createContext, type Services } from '../../resolvers/context.ts';
import { schema } from '../../schema/index.ts';
import { compressed } from '../encoding.ts';
import type { RouteHandler } from '../route.ts';
import { checkCost } from './cost.ts';
import { createDocumentCache, parseWithinLimits } from './document.ts';
import { useDurations } from './durations.ts';
import { isPage, useGraphiqlPage } from './graphiql.ts';
import { createErrorMapper, type ErrorMapper } from './graphql-errors.ts';
import { useHints } from './hints.ts';
import { graphqlErrorResponse, useNegotiation } from './negotiation.ts';
import { withPlainBody } from './plain-body.ts';
import { GRAPHQL_BODY_BYTES_MAX } from './request-json.ts';
import { useRequestParser } from './request-parser.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { checkedVariables } from './variables.ts';

/** Connections of the pool that GraphQL reads from. Each runs one statement at a time. */
export const READERS = 10;
/** How many statements of GraphQL run and wait. Past the last two an operation gets OVERLOADED. */
const TURNS = { perClient: 8, perOperation: 3, waiting: 10_000, waitingPerClient: 2000 };

export const GRAPHQL_PATH = '/graphql';

/** GraphQL over HTTP. The websocket uses the rest, so that its operations have the same limits, context and errors. */
export interface Graphql {
  handle: RouteHandler;
  /** Whether a request gets GraphiQL's page. It holds no data, and asks for a key itself. */
  isPage(request: Request): boolean;
  /** An error outside of an operation, in the form of GraphQL. */
  refuse(error: WeirError): Response;
  /** yoga's parse, validate and execute for one operation. */
  getEnveloped: ReturnType<typeof yogaOf>['getEnveloped'];
  /** Reads that share the connections and the turns of GraphQL's operations. */
  openOperation: OpenOperation;
  mapError: ErrorMapper;
  subscriptions: Subscriptions;
  log: Logger;
}

const UNCOUNTED: GraphqlMeter = { executed: () => {}, failed: () => {} };

export function createGraphql(services: Services, meter: GraphqlMeter = UNCOUNTED): Graphql {
  const log = services.log.child({ component: 'graphql' });
  const mapError = createErrorMapper(log, services.config.queryTimeoutMs);
  const subscriptions = createSubscriptions({ max: services.config.subscriptions.max, mapError });
  const { sql, config } = services;
  const openOperation = createOperations(sql, createTurns({ total: READERS, ...TURNS }), config.queryTimeoutMs);
  const countedError: ErrorMapper = (error, libraryCode) => {
    const mapped = mapError(error, libraryCode);
    meter.failed(String(mapped.extensions.code));
    return mapped;
  };
  const plugins = [useLimits(mapError, countedError), useHints(), useDurations(meter), subscriptions.plugin];
  const yoga = yogaOf(services, openOperation, countedError, plugins);
  return {
    async handle(request, caller) {
      try {
        const response = await yoga.fetch(await withPlainBody(request, GRAPHQL_BODY_BYTES_MAX), {
          caller,
        });
        return await compressed(request.headers.get('accept-encoding'), response);
      } catch (error) {
        if (error instanceof WeirError) return graphqlErrorResponse(error);
        throw error;
      }
    },
    isPage,
    refuse: graphqlErrorResponse,
    getEnveloped: yoga.getEnveloped,
    openOperation,
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

const yogaOf = (services: Services, openOperation: OpenOperation, countedError: ErrorMapper, plugins: Plugin[]) =>
  createYoga<Origin>({
    schema,
    context: ({ caller, gone, request }) =>
      createContext(services, openOperation, caller, gone ?? request.signal, request?.headers.get('last-event-id')),
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [useGraphiqlPage(GRAPHQL_PATH), useNegotiation(), useRequestParser(), ...plugins],
    // Called once for each error of a result, except those of validation.
    maskedErrors: { maskError: (error) => countedError(error) },
    parserAndValidationCache: { documentCache: createDocumentCache<DocumentNode>(), errorCache: createDocumentCache() },
    // withPlainBody has bounded it.
    maxRequestBodySize: false,
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
function useLimits(mapError: ErrorMapper, countedError: ErrorMapper): Plugin {
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
        setResult(result.map((error: unknown) => countedError(error, 'GRAPHQL_VALIDATION_FAILED'))),
    onExecute: beforeExecution as never,
    onSubscribe: beforeExecution as never,
  };
}

interface BeforeExecution {
  args: { -readonly [name in keyof ExecutionArgs]: ExecutionArgs[name] };
  setResultAndStopExecution(result: { errors: Error[] }): void;
}
