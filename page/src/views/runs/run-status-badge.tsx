import { type Run, STATUSES } from './run-filter.ts';
import './run-status-badge.css';

/** How a run stands, in a word. */
export function RunStatusBadge({ status }: Pick<Run, 'status'>) {
  if (status === null) return null;
  return <span class={`run-status ${status.toLowerCase()}`}>{STATUSES[status]}</span>;
}
