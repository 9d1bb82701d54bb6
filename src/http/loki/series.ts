import type { Binary, Grouped, Grouping } from '../../log/logql/syntax.ts';
import type { Pause } from './pauses.ts';
import type { Labels } from './record-labels.ts';

/** A value at some instants, by the number of the instant. */
export interface Series {
  labels: Labels;
  points: Map<number, number>;
}

export const keyOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** The labels that an aggregation leaves. */
export function grouped(labels: Labels, { without, labels: names }: Grouping): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name) !== without));
}

type Reduce = (values: readonly number[]) => number;

const sum: Reduce = (values) => values.reduce((total, value) => total + value, 0);

const REDUCE: Readonly<Record<string, Reduce>> = {
  sum,
  avg: (values) => sum(values) / values.length,
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  count: (values) => values.length,
};

/** The series of an aggregation over others. */
export async function aggregate({ fn, by, size }: Grouped, series: readonly Series[], pause: Pause): Promise<Series[]> {
  const groups = new Map<string, { labels: Labels; members: Series[] }>();
  for (const one of series) {
    await pause();
    const labels = grouped(one.labels, by);
    const key = keyOf(labels);
    const group = groups.get(key) ?? { labels, members: [] };
    groups.set(key, group);
    group.members.push(one);
  }
  const reduce = REDUCE[fn];
  const result: Series[] = [];
  for (const { labels, members } of groups.values()) {
    if (reduce) result.push({ labels, points: await reduced(members, reduce, pause) });
    else result.push(...(await chosen(members, size, fn === 'topk' ? -1 : 1, pause)));
  }
  return result;
}

async function reduced(members: readonly Series[], reduce: Reduce, pause: Pause): Promise<Map<number, number>> {
  const values = new Map<number, number[]>();
  for (const { points } of members) {
    await pause();
    for (const [at, value] of points) {
      const list = values.get(at);
      if (list) list.push(value);
      else values.set(at, [value]);
    }
  }
  return new Map(Array.from(values, ([at, list]) => [at, reduce(list)] as const));
}

/** Of each instant, the `size` members with the highest or lowest value. `sign`: -1 for the highest. */
async function chosen(members: readonly Series[], size: number, sign: 1 | -1, pause: Pause): Promise<Series[]> {
  const at = new Map<number, { value: number; member: Series }[]>();
  for (const member of members) {
    await pause();
    for (const [instant, value] of member.points) {
      const list = at.get(instant);
      if (list) list.push({ value, member });
      else at.set(instant, [{ value, member }]);
    }
  }
  const kept = new Map<Series, Series>();
  for (const [instant, list] of at) {
    await pause();
    for (const { value, member } of list.toSorted((a, b) => sign * (a.value - b.value)).slice(0, size)) {
      const copy = kept.get(member) ?? { labels: member.labels, points: new Map() };
      kept.set(member, copy);
      copy.points.set(instant, value);
    }
  }
  return Array.from(kept.values());
}

type Operand = readonly Series[] | number;

/** Operators on series and numbers. Two series meet where all their labels are equal. */
export async function operate(binary: Binary, left: Operand, right: Operand, pause: Pause): Promise<Operand> {
  const { op, bool } = binary;
  const compare = COMPARE[op];
  if (typeof left === 'number' && typeof right === 'number') {
    return compare ? Number(compare(left, right)) : ARITHMETIC[op]!(left, right);
  }
  const of = (a: number, b: number, kept: number): number | undefined =>
    compare ? (bool ? Number(compare(a, b)) : compare(a, b) ? kept : undefined) : ARITHMETIC[op]!(a, b);
  if (typeof right === 'number') return mapped(left as readonly Series[], (value) => of(value, right, value), pause);
  if (typeof left === 'number') return mapped(right, (value) => of(left, value, value), pause);
  const others = new Map(right.map((series) => [keyOf(series.labels), series.points]));
  const result: Series[] = [];
  for (const series of left) {
    const other = others.get(keyOf(series.labels));
    if (!other) continue;
    const both = (value: number, at: number) => (other.has(at) ? of(value, other.get(at)!, value) : undefined);
    result.push(...(await mapped([series], both, pause)));
  }
  return result;
}

async function mapped(
  series: readonly Series[],
  of: (value: number, at: number) => number | undefined,
  pause: Pause,
): Promise<Series[]> {
  const result: Series[] = [];
  for (const one of series) {
    await pause();
    const points = new Map<number, number>();
    for (const [at, value] of one.points) {
      const found = of(value, at);
      if (found !== undefined) points.set(at, found);
    }
    if (points.size > 0) result.push({ labels: one.labels, points });
  }
  return result;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
};

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};
