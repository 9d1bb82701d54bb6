import { type ExecutionArgs, getOperationAST, type OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Told of each operation that was executed, over HTTP or a websocket. A subscription counts until it is open. */
export type ObserveOperation = (kind: `${OperationTypeNode}`, seconds: number) => void;

export function useDurations(observe: ObserveOperation): Plugin {
  const begin = ({ document, operationName }: ExecutionArgs): (() => void) => {
    const kind = getOperationAST(document, operationName)?.operation;
    const startedAt = performance.now();
    return () => {
      if (kind) observe(kind, (performance.now() - startedAt) / 1000);
    };
  };
  return {
    onExecute: ({ args }) => ({ onExecuteDone: begin(args as ExecutionArgs) }),
    onSubscribe: ({ args }) => ({ onSubscribeResult: begin(args as ExecutionArgs) }),
  };
}
