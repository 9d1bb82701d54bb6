import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphqlMeter } from '../../metrics/meters.ts';

/** Times each operation, over HTTP or a websocket. A subscription counts until it is open. */
export function useDurations({ executed }: GraphqlMeter): Plugin {
  const begin = ({ document, operationName }: ExecutionArgs): (() => void) => {
    const kind = getOperationAST(document, operationName)?.operation;
    const startedAt = performance.now();
    return () => {
      if (kind) executed(kind, (performance.now() - startedAt) / 1000);
    };
  };
  return {
    onExecute: ({ args }) => ({ onExecuteDone: begin(args as ExecutionArgs) }),
    onSubscribe: ({ args }) => ({ onSubscribeResult: begin(args as ExecutionArgs) }),
  };
}
