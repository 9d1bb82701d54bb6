import type { Status } from './health.ts';
import './status-badge.css';

const WORDS = { HEALTHY: 'Healthy', DEGRADED: 'Degraded', UNHEALTHY: 'Unhealthy' };
const SIGNS = { HEALTHY: '✓', DEGRADED: '!', UNHEALTHY: '✕' };

/** A state in a word, a sign and a colour. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span class={`status-badge ${status.toLowerCase()}`}>
      <span aria-hidden="true">{SIGNS[status]}</span> {WORDS[status]}
    </span>
  );
}
