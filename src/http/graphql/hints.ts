import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../resolvers/context.ts';

/** In one response. */
const HINTS_MAX = 10;

/** The result with the hints in its `extensions`, each once. */
export function withHints(result: ExecutionResult, hints: readonly string[]): ExecutionResult {
  if (hints.length === 0) return result;
  return { ...result, extensions: { ...result.extensions, hints: [...new Set(hints)].slice(0, HINTS_MAX) } };
}

/** Puts the hints of an operation into its response. Subscriptions do it in shared-execution.ts. */
export const useHints = (): Plugin => ({
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      const { hints } = args.contextValue as unknown as Context;
      setResult(withHints(result as ExecutionResult, hints));
    },
  }),
});
