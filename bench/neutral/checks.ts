import type { Expected, Match } from './expected.ts';

interface Logs {
  logs: { totalCount: number; nodes: { timestamp: string }[] };
}

interface Stats {
  stats: { total: number; histogram: { start: string; byLevel: { level: string; count: number }[] }[] };
}

const differs = (what: string, wanted: unknown, got: unknown): string | null =>
  wanted === got ? null : `expected ${what} ${wanted}, got ${got}`;

/** As all below, what is wrong with a result, or null. Here: the number of records, and the times of the first and the last. */
export function page({ logs: { nodes } }: Logs, { newest }: Match, first: number): string | null {
  const wanted = newest.slice(-first).reverse();
  return (
    differs('records', wanted.length, nodes.length) ??
    differs('the newest at', wanted[0], nodes[0]?.timestamp) ??
    differs('the last at', wanted.at(-1), nodes.at(-1)?.timestamp)
  );
}

export const totalCount = ({ logs }: Logs, wanted: number): string | null =>
  differs('a count of', wanted, logs.totalCount);

export const statsTotal = ({ stats }: Stats, wanted: number): string | null =>
  differs('a count of', wanted, stats.total);

const SHORT_NAMES: Readonly<Record<string, string>> = { WARNING: 'warn' };

export function perHour({ stats }: Stats, expected: Expected): string | null {
  let total = 0;
  for (const { start, byLevel } of stats.histogram) {
    for (const { level, count } of byLevel) {
      const key = `${start.slice(0, 13)} ${SHORT_NAMES[level] ?? level.toLowerCase()}`;
      const problem = differs(`for ${key}`, expected.perHour.get(key) ?? 0, count);
      if (problem) return problem;
      total += count;
    }
  }
  return differs('in all', expected.all.count, total);
}

interface Facet {
  facets: { value: string; count: number }[];
}

export function facet({ facets }: Facet, wanted: Map<string, number>): string | null {
  for (const { value, count } of facets) {
    const problem = differs(`for ${value}`, wanted.get(value), count);
    if (problem) return problem;
  }
  return differs('values', wanted.size, facets.length);
}
