import type { Filter } from '../log/filter.ts';
import { LEVELS } from '../log/level.ts';
import type { Fragment, Sql } from './client.ts';
import type { Column } from './columns.ts';
import { filterSql } from './filter-sql.ts';
import type { ValueCount } from './stats.ts';
import { readSpan, type Window, within } from './walk.ts';

const COLUMN = {
  SERVICE: 'service',
  COMPONENT: 'component',
  ENVIRONMENT: 'environment',
  DEPLOYMENT_VERSION: 'deployment_version',
  HOST: 'host',
  ACTION: 'action',
  ERROR_TYPE: 'error_type',
  USER_ID: 'user_id',
  PIPELINE_ID: 'pipeline_id',
} as const satisfies Record<string, Column>;

export type LogField = 'LEVEL' | keyof typeof COLUMN;

/** A field, or the path of an attribute: at least one key, in stored form. */
export type Facet = { field: LogField } | { attribute: readonly string[] };

/**
 * The most common values, equal counts by value, the records without one last of equals. An attribute that is no text counts as
 * its JSON text.
 */
export async function readFacets(
  sql: Sql,
  by: Facet,
  filter: Filter,
  window: Window,
  first: number,
): Promise<ValueCount[]> {
  const value = facetSql(sql, by);
  const span = await readSpan(sql, window);
  if (!span) return [];
  return sql<ValueCount[]>`
    select ${value} as value, count(*) as count from system_logs
    where ${within(sql, span)} and ${filterSql(sql, filter)}
    group by 1 order by count(*) desc, 1 nulls last limit ${first}`;
}

/** An expression that is collated "C". */
function facetSql(sql: Sql, by: Facet): Fragment {
  if ('attribute' in by) return attributeText(sql, by.attribute);
  if (by.field === 'LEVEL') return sql`(${[...LEVELS]}::text[])[level + 1] collate "C"`;
  return sql`${sql.unsafe(COLUMN[by.field])}`;
}

/** `->` goes into objects only, and yields null for an array; `->>` makes JSON null null. */
function attributeText(sql: Sql, path: readonly string[]): Fragment {
  const steps = path.slice(0, -1).reduce((value, key) => sql`${value} -> ${key}::text`, sql`attributes`);
  return sql`(${steps} ->> ${path.at(-1)!}::text) collate "C"`;
}
