import type { Measure } from '../../db/alerts/alerts.ts';
import type { SampleRecord } from '../../db/alerts/deliveries.ts';
import type { Sql } from '../../db/connection/client.ts';
import { findLogs, readPage } from '../../db/read/logs.ts';
import { newestOfGroups } from '../../db/stats/new-errors.ts';
import { allOf, type Filter, fieldTest, HAS_LLM_CALL } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, levelIndex, levelOf } from '../../log/level.ts';
import type { LogRecord } from '../../log/record.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { WindowReading } from './read-window.ts';

const SAMPLE_MAX = 10;
const MESSAGE_CHARACTERS = 500;

const IS_ERROR = fieldTest('level', { op: '>=', value: levelIndex(ERROR_SEVERITY) });

/** The records that say most of why it fired: those that the measure counts, the newest first. */
const FILTERS: Readonly<Record<Exclude<Measure, 'ABSENCE' | 'NEW_ERROR'>, (filter: Filter) => Filter>> = {
  COUNT: (filter) => filter,
  ERROR_RATE: (filter) => allOf(filter, IS_ERROR),
  LLM_COST_USD: (filter) => allOf(filter, HAS_LLM_CALL),
};

/** Of NEW_ERROR a record of each new group. */
export async function readSample(
  sql: Sql,
  measure: Measure,
  filter: Filter,
  window: TimeSpan,
  { newGroups }: WindowReading,
): Promise<SampleRecord[]> {
  if (measure === 'ABSENCE') return [];
  if (measure === 'NEW_ERROR') {
    const places = await newestOfGroups(sql, filter, window, newGroups, SAMPLE_MAX);
    return (await findLogs(sql, places, null)).filter((record) => record !== null).map(shownOf);
  }
  const { records } = await readPage(sql, {
    ...{ filter: FILTERS[measure](filter), window, order: 'NEWEST_FIRST', limit: SAMPLE_MAX },
    ...{ backward: false, after: null, before: null, isPageAlone: true },
  });
  return records.map(shownOf);
}

const shownOf = ({ timestamp, uid, severityNumber, service, message }: LogRecord): SampleRecord => ({
  ...{ timestamp, uid, service, level: levelOf(severityNumber) },
  // PostgreSQL takes no half of a character in JSON.
  message: message.slice(0, MESSAGE_CHARACTERS).toWellFormed(),
});
