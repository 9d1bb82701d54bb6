import type { ErrorsQuery } from '../../api/documents.ts';

export type ErrorGroup = NonNullable<NonNullable<ErrorsQuery['stats']>['topErrors']>[number];
export type Order = 'count' | 'lastSeen' | 'firstSeen';

export const ORDERS: readonly [name: Order, title: string][] = [
  ['count', 'most records'],
  ['lastSeen', 'last seen'],
  ['firstSeen', 'newest kind'],
];

/** `firstSeen`: what began last stands first, as it may be new. */
export const sorted = (groups: readonly ErrorGroup[], order: Order): ErrorGroup[] =>
  groups.toSorted((one, other) =>
    order === 'count' ? other.count - one.count : other[order] < one[order] ? -1 : Number(other[order] > one[order]),
  );
