import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { arrayText, type Element } from '../connection/array-types.ts';
import { textLiteral } from '../connection/text-literal.ts';
import { callDeltas } from './call-deltas.ts';
import { GROUPS_MAX, gapsAt, nullableKey } from './delta-text.ts';
import { LOG_ROLLUPS } from './rollup.ts';

/**
 * The statements that add these records and their model calls to the rollups, each ended by a semicolon. Run them in the
 * transaction that inserts the records. Empty when there are no records.
 */
export const rollupStatement = (records: readonly NewRecord[]): string => recordDeltas(records) + callDeltas(records);

function recordDeltas(records: readonly NewRecord[]): string {
  const groups = groupsOf(records);
  if (groups.size === 0) return '';
  if (groups.size > GROUPS_MAX) return gapsAt(LOG_ROLLUPS, records);
  const rows = [...groups.values()];
  const array = (element: (group: Group) => Element): string => textLiteral(arrayText(rows.map(element)));
  // Arrays: a list of `values` costs PostgreSQL 11 us a group, this 4.6.
  return `insert into log_rollups (step, ts, level, service, component, environment, count)
    select 0, * from unnest(
      ${array(({ minute }) => minute)}::timestamptz[],
      ${array(({ record }) => levelIndex(record.severityNumber))}::smallint[],
      ${array(({ record }) => record.service)}::text[],
      ${array(({ record }) => record.component)}::text[],
      ${array(({ record }) => record.environment)}::text[],
      ${array(({ count }) => count)}::bigint[]);`;
}

interface Group {
  minute: Timestamp;
  /** Any record of the group. */
  record: NewRecord;
  count: number;
}

/** Stops at `GROUPS_MAX` + 1 groups. */
function groupsOf(records: readonly NewRecord[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const minute = `${record.timestamp.slice(0, 16)}:00Z`;
    const key = `${minute}${levelIndex(record.severityNumber)}${record.service}${nullableKey(record.component)}${nullableKey(record.environment)}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { minute, record, count: 1 });
    if (groups.size > GROUPS_MAX) break;
  }
  return groups;
}
