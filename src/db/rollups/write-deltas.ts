import pg from 'pg';
import { levelIndex } from '../../log/level.ts';
import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { gapStatement, gapsOf } from './rollup-gaps.ts';

/**
 * Groups of one batch that are written as deltas. A batch with more groups writes gaps instead, which a server counts later.
 * This limits what a sender can make a batch cost: 1,000 groups took 6 ms.
 */
export const GROUPS_MAX = 1000;

/**
 * The statements that add these records to the rollups, each ended by a semicolon. Run them in the transaction that inserts
 * the records. Empty when there are no records.
 */
export function rollupStatement(records: readonly NewRecord[]): string {
  const groups = groupsOf(records);
  if (groups.size === 0) return '';
  if (groups.size > GROUPS_MAX) return gapStatement(gapsOf(records.map(({ timestamp }) => timestamp)));
  const rows = [...groups.values()].map(
    ({ minute, record: { severityNumber, service, component, environment }, count }) =>
      `(0, '${minute}', ${levelIndex(severityNumber)}, ${text(service)}, ${text(component)}, ${text(environment)}, ${count})`,
  );
  return `insert into log_rollups (step, ts, level, service, component, environment, count) values ${rows.join(', ')};`;
}

const text = (value: string | null): string => (value === null ? 'null' : pg.escapeLiteral(value));

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
    const key = `${minute}${levelIndex(record.severityNumber)}${record.service}${keyPart(record.component)}${keyPart(record.environment)}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { minute, record, count: 1 });
    if (groups.size > GROUPS_MAX) break;
  }
  return groups;
}

/** Stored text contains no NUL, so two groups never have the same key. */
const keyPart = (value: string | null): string => (value === null ? '\0' : `\0=${value}`);
