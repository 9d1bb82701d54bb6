import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY } from '../../log/level.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Groupings } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

/** Records at ERROR or above with the same error type, service and component are a group. */
export interface GroupKey {
  errorType: string | null;
  service: string;
  component: string | null;
}

export const isError = (sql: Sql, filter: Filter, range: TimeSpan): Fragment => sql`
  ${within(sql, range)} and severity_number >= ${sql.unsafe(String(ERROR_SEVERITY))} and ${filterSql(sql, filter, range)}`;

/** The key of a group, under names that `system_logs` does not have. */
export const BY_GROUP = {
  ofType: { type: 'text', of: (sql) => sql`error_type` },
  ofService: { type: 'text', of: (sql) => sql`service` },
  ofComponent: { type: 'text', of: (sql) => sql`component` },
} as const satisfies Groupings;

/** Groups as the table `wanted`, for `join` and `isOfGroup`. `place`: in the list, from 0. */
export const groupRows = (sql: Sql, groups: readonly GroupKey[]): Fragment => sql`
  (select unnest(${groups.map(({ errorType }) => errorType)}::text[]) as "ofType",
    unnest(${groups.map(({ service }) => service)}::text[]) as "ofService",
    unnest(${groups.map(({ component }) => component)}::text[]) as "ofComponent",
    unnest(${groups.map((_, place) => place)}::integer[]) as place) as wanted`;

export const isOfGroup = (sql: Sql): Fragment => sql`service = "ofService"
  and coalesce(component, '') = coalesce("ofComponent", '') and (component is null) = ("ofComponent" is null)
  and coalesce(error_type, '') = coalesce("ofType", '') and (error_type is null) = ("ofType" is null)`;
