import { signal, useSignalEffect } from '@preact/signals';
import { FiringAlertsDocument, type FiringAlertsQuery } from '../../api/documents.ts';
import { usePolled } from '../../state/polled.ts';
import { refreshes } from '../../state/search.ts';
import { viewer } from '../../state/viewer.ts';

/** Alerts are evaluated once a minute. */
const EVERY_MS = 30_000;

const firing = signal(0);

/** Counts those that fire among alerts that were just read. One that is not enabled is not evaluated: its state says nothing. */
export function countFiring(alerts: FiringAlertsQuery['alerts'] | undefined): void {
  if (alerts) firing.value = alerts.filter(({ state, enabled }) => enabled && state === 'FIRING').length;
}

/** How many alerts fire, beside the name of their view. Nothing where none does. */
export function FiringCount() {
  const answer = usePolled(
    FiringAlertsDocument,
    () => {
      refreshes.value;
      return viewer.value && {};
    },
    () => (viewer.value ? EVERY_MS : null),
  );
  useSignalEffect(() => countFiring(answer.value.data?.alerts));
  if (firing.value === 0) return null;
  return (
    <span class="firing-count" title={`${firing.value} firing`}>
      {firing.value}
      <span class="visually-hidden"> firing</span>
    </span>
  );
}
