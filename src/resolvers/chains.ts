import type { ChainKey, ChainSummary } from '../db/chains/chains.ts';
import { newestChains } from '../db/chains/newest-chains.ts';
import { type ChainPosition, decodeChainCursor, encodeChainCursor } from '../log/cursor.ts';
import type { LogFilterInput } from '../log/filter/filter.ts';
import { storableText } from '../log/json.ts';
import { first, type PageArguments, type TimeRange, windowOf } from './arguments.ts';
import type { LogConnection } from './connection.ts';
import type { Context } from './context.ts';
import { hintIfEmpty } from './hints.ts';
import type { ChainItems, Loaders } from './loaders.ts';
import { visibleFilter } from './visible.ts';

export interface ChainEdge {
  position: ChainPosition;
  chain: ChainSummary;
}

export interface ChainConnection {
  edges: ChainEdge[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

interface ChainsArguments {
  filter?: LogFilterInput | null;
  time: TimeRange;
  first: number;
  after?: string | null;
}

export async function correlations(args: ChainsArguments, context: Context): Promise<ChainConnection> {
  const after = args.after == null ? null : decodeChainCursor(args.after, 'after');
  const [filter, size] = [visibleFilter(args.filter, context), first(args.first)];
  const window = await windowOf(args.time, context.clock);
  const { positions, hasNextPage } = await newestChains(context.sql, { filter, window, first: size, after });
  if (after === null) hintIfEmpty(positions, filter, context);
  const chains = await Promise.all(
    positions.map(({ correlationId }) => context.loaders.correlation.load(correlationId)),
  );
  const edges = positions.map((position, i) => ({ position, chain: chains[i] ?? null }));
  return { edges: edges.filter(hasChain), hasNextPage, hasPreviousPage: after !== null };
}

/** A chain may be deleted between the two statements. */
const hasChain = (edge: { position: ChainPosition; chain: ChainSummary | null }): edge is ChainEdge =>
  edge.chain !== null;

interface ChainLogsArguments extends PageArguments {
  filter?: LogFilterInput | null;
}

/** A chain's records, oldest first. @throws BadUserInput, CursorInvalid, QuerySyntax */
export const chainLogs = (
  key: ChainKey,
  { id }: { id: string },
  args: ChainLogsArguments,
  context: Context,
): LogConnection => context.loaders.chainLogs(key, id, visibleFilter(args.filter, context), args);

/** Null if no record has the id. */
export const findChain = (loader: Loaders['correlation'], id: string): Promise<ChainSummary | null> =>
  loader.load(storableText(id));

/** @throws BadUserInput */
export const chainItems = ({ id }: { id: string }, args: { first: number }): ChainItems => ({
  id,
  first: first(args.first),
});

export const pageInfoOf = ({ edges, hasNextPage, hasPreviousPage }: ChainConnection) => ({
  hasNextPage,
  hasPreviousPage,
  startCursor: cursorOf(edges.at(0)),
  endCursor: cursorOf(edges.at(-1)),
});

const cursorOf = (edge: ChainEdge | undefined): string | null => (edge ? encodeChainCursor(edge.position) : null);
