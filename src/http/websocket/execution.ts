import { type ExecutionArgs, type GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { BadUserInput } from '../../errors.ts';
import type { Graphql } from '../graphql/graphql.ts';
import type { Client, Connection } from './client.ts';
import { sendResults } from './result-messages.ts';

/** What runs one operation. */
export type Engine = Pick<ReturnType<Graphql['getEnveloped']>, 'execute' | 'subscribe'>;

export const isSubscription = ({ document, operationName }: ExecutionArgs): boolean =>
  getOperationAST(document, operationName)?.operation === OperationTypeNode.SUBSCRIPTION;

/** Sends a subscription's results directly to its client. */
const sendingResults = ({ execute, subscribe }: Engine, client: Client, id: string): Engine => ({
  execute,
  async subscribe(args: ExecutionArgs) {
    const leave = client.subscriptions.enter();
    try {
      const results = await subscribe(args);
      if (Symbol.asyncIterator in results) {
        return sendResults(results as never, id, client.link.send, leave, client.ended);
      }
      leave();
      return results;
    } catch (error) {
      leave();
      throw error;
    }
  },
});

/** The arguments to execute an operation with, or the errors of its document. Through yoga, as over HTTP. */
export async function prepare(
  { getEnveloped, mapError }: Graphql,
  { extra, subscriptions }: Connection,
  id: string,
  params: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  try {
    const gone = extra.operations.begin(id, subscriptions);
    const { schema, parse, validate, contextFactory, execute, subscribe } = getEnveloped({
      params,
      caller: extra.caller!,
      gone,
    });
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors as GraphQLError[];
    if (!getOperationAST(document, params.operationName)) {
      throw new BadUserInput('operationName: expected the name of one operation of the document');
    }
    return {
      schema,
      document,
      operationName: params.operationName,
      variableValues: params.variables,
      contextValue: await contextFactory(),
      rootValue: sendingResults({ execute, subscribe }, extra, id),
    };
  } catch (error) {
    return [mapError(error)];
  }
}
