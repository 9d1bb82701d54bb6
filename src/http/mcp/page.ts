import type { BoundedData } from './bounded-data.ts';
import type { Tool } from './tools/tool.ts';

/** Where an answer stands in a list that has pages. */
export interface Page {
  /** The path of its items. */
  path: string;
  count: number;
  /** Of all pages. Null: not counted. */
  total: number | null;
  /** The cursor to go on with. Null: nothing follows. */
  after: string | null;
}

interface Connection {
  nodes?: readonly { cursor: string }[];
  edges?: readonly { cursor: string }[];
  pageInfo: { hasNextPage: boolean };
  totalCount?: number | null;
}

/** Null: the tool has no pages, or the answer has no such list. The last item that was kept says how to go on. */
export function pageOf({ page }: Tool, { data, shortened }: BoundedData): Page | null {
  if (page === undefined) return null;
  const connection = page.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], data);
  if (!connection) return null;
  const { nodes, edges, pageInfo, totalCount = null } = connection as Connection;
  const items = nodes ?? edges ?? [];
  const path = [...page, nodes ? 'nodes' : 'edges'].join('.');
  const isMore = pageInfo.hasNextPage || shortened.some((list) => list.path === path);
  return { path, count: items.length, total: totalCount, after: isMore ? (items.at(-1)?.cursor ?? null) : null };
}
