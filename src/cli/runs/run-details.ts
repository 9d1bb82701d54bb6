import { parseDuration } from '../../log/duration.ts';
import type { Paint } from '../terminal/colours.ts';
import { jsonLine, printable } from '../terminal/printable.ts';
import { count, span } from '../terminal/quantity.ts';
import { RECORD_FIELDS, type ShownRecord } from '../terminal/record-lines.ts';
import { RUN_FIELDS, runLine, type ShownRun } from './run-lines.ts';

/** Errors that are shown; `weir query` shows the others. */
const ERRORS_SHOWN = 10;

export const DETAILS = `query Run($id: String!, $last: Int!) {
  pipeline(pipelineId: $id) {
    ${RUN_FIELDS} startedAt endedAt durationMs logCount errorCount
    stages { component startedAt durationMs logCount errorCount highestLevel }
    errors: logs(filter: { minLevel: ERROR }, last: ${ERRORS_SHOWN}) { nodes { ${RECORD_FIELDS} } }
    logs(last: $last) { nodes { ${RECORD_FIELDS} } }
  }
}`;

export interface RunDetails extends ShownRun {
  startedAt: string;
  endedAt: string;
  durationMs: number;
  logCount: number;
  errorCount: number;
  stages:
    | { component: string | null; startedAt: string; durationMs: number; logCount: number; errorCount: number }[]
    | null;
  errors: { nodes: ShownRecord[] } | null;
  logs: { nodes: ShownRecord[] } | null;
}

/** A run with its stages, its summary, its last errors and its last records. */
export function runDetails(
  run: RunDetails,
  paint: Paint,
  recordText: (record: ShownRecord) => string,
  now: number,
): string {
  const title = (text: string): string => paint('bold', text);
  const elapsedMs = (run.progress && parseDuration(run.progress.elapsed)) ?? 0;
  const facts = [
    `${count(run.logCount, 'record')} in ${span(run.durationMs)}`,
    count(run.errorCount, 'error'),
    ...(elapsedMs === 0 ? [] : [`elapsed ${span(elapsedMs)}`]),
    ...(run.host === null ? [] : [`on ${printable(run.host)}`]),
  ];
  const section = (name: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title(name), ...lines];
  return [
    runLine(run, paint, now),
    facts.join(', '),
    ...section('summary', summaryLines(run.summary)),
    ...section('stages', stageLines(run)),
    ...section('errors', (run.errors?.nodes ?? []).map(recordText)),
    ...section('records', (run.logs?.nodes ?? []).map(recordText)),
  ].join('\n');
}

const summaryLines = (summary: unknown): string[] =>
  typeof summary === 'object' && summary !== null
    ? Object.entries(summary).map(([key, value]) => `  ${printable(key)}: ${jsonLine(value)}`)
    : [];

function stageLines({ stages }: RunDetails): string[] {
  const rows = (stages ?? []).map(({ component, durationMs, logCount, errorCount }) => [
    printable(component ?? '(none)'),
    span(durationMs),
    count(logCount, 'record'),
    errorCount > 0 ? count(errorCount, 'error') : '',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
