import type { LabelCount } from '../../db/stats/label-counts.ts';
import { type Timestamp, timestampFromMicros } from '../../log/time.ts';

/** Instants in microseconds since 1970, in order. */
export type Instants = readonly bigint[];

const MINUTE = 60_000_000n;

/** The instants at which a query is evaluated: from the start, in steps, up to the end. */
export function instantsOf(from: bigint, to: bigint, stepMs: number): bigint[] {
  const step = BigInt(Math.round(stepMs * 1000));
  const instants: bigint[] = [];
  for (let at = from; at <= to; at += step) instants.push(at);
  return instants;
}

/** Each instant moved to the end of its minute, so that whole minutes are counted. */
export const onMinutes = (instants: Instants): bigint[] =>
  instants.map((at) => at + ((MINUTE - (at % MINUTE)) % MINUTE));

/** Whether such a length of time is whole minutes. */
export const isWholeMinutes = (ms: number): boolean => ms % 60_000 === 0;

/** The window of each instant: the time before it, with its start and without its end. */
export interface Windows {
  /** Where windows begin or end, in order. */
  edges: Timestamp[];
  /** The slots of the window of each instant: from the first one, without the last one. */
  slots: (readonly [first: number, end: number])[];
}

export function windowsOf(instants: Instants, rangeMs: number, offsetMs: number): Windows {
  const [range, offset] = [BigInt(Math.round(rangeMs * 1000)), BigInt(Math.round(offsetMs * 1000))];
  const windows = instants.map((at) => [at - offset - range, at - offset] as const);
  const sorted = Array.from(new Set(windows.flat())).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const place = new Map(sorted.map((edge, index) => [edge, index]));
  return {
    edges: sorted.map((micros) => timestampFromMicros(micros)!),
    slots: windows.map(([from, to]) => [place.get(from)!, place.get(to)!] as const),
  };
}

/** The sum of the counts in the window of each instant, by the number of the instant. Windows without any are left out. */
export function slidingSums(counts: readonly LabelCount[], { slots }: Windows): Map<number, number> {
  const sorted = counts.toSorted((a, b) => a.slot - b.slot);
  const sums = new Map<number, number>();
  let sum = 0;
  // Both ends only move forward. Counts are whole numbers, so adding and subtracting stays exact.
  let [low, high] = [0, 0];
  slots.forEach(([first, end], instant) => {
    for (; high < sorted.length && sorted[high]!.slot < end; high++) sum += sorted[high]!.count;
    for (; low < high && sorted[low]!.slot < first; low++) sum -= sorted[low]!.count;
    if (sum > 0) sums.set(instant, sum);
  });
  return sums;
}
