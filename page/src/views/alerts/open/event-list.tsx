import { useSignal } from '@preact/signals';
import { type AlertEventRowFragment, AlertEventsDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { Level } from '../../../parts/level.tsx';
import { Link } from '../../../parts/link.tsx';
import { LogText } from '../../../parts/log-text.tsx';
import { usePolled } from '../../../state/polled.ts';
import { refresh, refreshes } from '../../../state/search.ts';
import { shownTime } from '../../../state/zone.ts';
import { firstLine } from '../../../text/first-line.ts';
import { type Alert, valueText } from '../alert-text.ts';
import { deliveryText, isFailed } from './delivery-text.ts';
import { recordsOfRange } from './records-of-range.ts';

type AlertEvent = AlertEventRowFragment;

/** Events that are shown at first, and that each "Older events" adds. */
const STEP = 20;
const SHOWN_MAX = 200;
const EVERY_MS = 10_000;

/** What happened to an alert, the newest first. */
export function EventList({ id, alert }: { id: string; alert: Alert }) {
  const shown = useSignal(STEP);
  const answer = usePolled(
    AlertEventsDocument,
    () => {
      refreshes.value;
      return { ids: [id], first: shown.value };
    },
    () => EVERY_MS,
  );
  const { data, error } = answer.value;
  const events = data?.alertEvents?.nodes ?? [];
  return (
    <section aria-labelledby="alert-events-title">
      <h3 id="alert-events-title">Events</h3>
      {error && <ErrorNote title="The events could not be read" message={error.message} onRetry={refresh} />}
      {data && events.length === 0 && <p class="quiet">It has not fired in the last 90 days.</p>}
      <ul class="alert-events" aria-label="Events">
        {events.map((event) => (
          <EventItem key={event.id} event={event} alert={alert} />
        ))}
      </ul>
      {data?.alertEvents?.pageInfo.hasNextPage && shown.value < SHOWN_MAX && (
        <button type="button" onClick={() => (shown.value += STEP)}>
          Older events
        </button>
      )}
    </section>
  );
}

function EventItem({ event, alert }: { event: AlertEvent; alert: Alert }) {
  const { kind, at, value, range, sample, deliveries } = event;
  return (
    <li>
      <div class="alert-event-head">
        <span>
          <strong class={kind === 'FIRED' ? 'alert-problem' : undefined}>
            {kind === 'FIRED' ? 'fired' : 'resolved'}
          </strong>{' '}
          {shownTime(at).slice(0, 16)} <span class="quiet">with</span> {valueText(alert.measure, value)}
        </span>
        <Link href={recordsOfRange(alert.search.query, range)}>records of this window</Link>
      </div>
      {(sample ?? []).length > 0 && (
        <ul class="alert-sample" aria-label="Some of the records">
          {sample!.map((record) => (
            <li key={record.id}>
              <Link href={recordsOfRange(alert.search.query, range, record.id)}>
                <span class="quiet mono">{shownTime(record.timestamp).slice(11, 19)}</span>{' '}
                <Level level={record.level} /> {record.service} <LogText text={firstLine(record.message)} oneLine />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {deliveries.map((delivery) => (
        <p key={delivery.notifierName} class={isFailed(delivery) ? 'alert-problem' : 'quiet'}>
          {deliveryText(delivery, (time) => shownTime(time).slice(11, 19))}
        </p>
      ))}
    </li>
  );
}
