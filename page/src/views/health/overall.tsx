import { refresh } from '../../state/search.ts';
import { shownTime } from '../../state/zone.ts';
import { isoDurationText } from '../../text/iso-duration.ts';
import type { Health } from './health.ts';
import { StatusBadge } from './status-badge.tsx';

const SENTENCES = {
  HEALTHY: 'Everything works.',
  DEGRADED: 'The server stores and reads records, but somebody must look at a problem.',
  UNHEALTHY: 'The server cannot store records, or cannot read them.',
};

/** The worst state of all parts, in a sentence. */
export function Overall({ health }: { health: Health }) {
  const { status, version, uptime, checkedAt } = health;
  return (
    <section class={`overall ${status.toLowerCase()}`} aria-label="State of the server">
      <p role="status">
        <StatusBadge status={status} /> {SENTENCES[status]}
      </p>
      <p class="quiet">
        <button type="button" onClick={refresh}>
          Check now
        </button>{' '}
        Weir {version}, running for {isoDurationText(uptime)}. Checked at {shownTime(checkedAt)}.
      </p>
    </section>
  );
}
