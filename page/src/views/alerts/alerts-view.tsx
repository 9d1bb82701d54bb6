import { useSignalEffect } from '@preact/signals';
import { AlertsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { usePolled } from '../../state/polled.ts';
import { refresh, refreshes } from '../../state/search.ts';
import { urlValue, urlWith } from '../../state/url.ts';
import { may } from '../../state/viewer.ts';
import { AlertRow } from './alert-row.tsx';
import { byStanding } from './alert-text.ts';
import { countFiring } from './firing-count.tsx';
import { NotifierList } from './notifiers/notifier-list.tsx';
import { OpenAlert } from './open/open-alert.tsx';
import './alerts-view.css';

export { NewAlert } from './form/new-alert.tsx';

/** They are evaluated once a minute; deliveries follow within seconds. */
const EVERY_MS = 10_000;

const openId = urlValue('alert');

/** What is watched: the alerts, how they stand, and where notifications go. */
export default function AlertsView() {
  const answer = usePolled(
    AlertsDocument,
    () => {
      refreshes.value;
      return {};
    },
    () => EVERY_MS,
  );
  useSignalEffect(() => countFiring(answer.value.data?.alerts));
  const { data, error } = answer.value;
  const alerts = data?.alerts ?? [];
  const isOpen = openId.value !== undefined;
  return (
    <div class={`alerts-view ${isOpen ? 'has-open-alert' : ''}`}>
      <div class="alerts">
        <h1>Alerts</h1>
        {error && <ErrorNote title="The alerts could not be read" message={error.message} onRetry={refresh} />}
        {!data && !error && <p class="quiet">Loading ...</p>}
        {data && alerts.length === 0 && <NoAlerts />}
        {alerts.length > 0 && (
          <ul class="alert-list" aria-label="Alerts">
            {byStanding(alerts).map((alert) => (
              <AlertRow key={alert.id} alert={alert} />
            ))}
          </ul>
        )}
        {may('ADMIN') ? (
          <NotifierList />
        ) : (
          <p class="quiet">A key with the right ADMIN makes and changes alerts, and sees where notifications go.</p>
        )}
      </div>
      {isOpen && data && (
        <OpenAlert key={openId.value} id={openId.value!} alert={alerts.find(({ id }) => id === openId.value) ?? null} />
      )}
    </div>
  );
}

const NoAlerts = () => (
  <p class="quiet">
    There is no alert yet. One is made from a search: <Link href={urlWith({ view: undefined })}>search records</Link>,
    then choose <strong>Alert me</strong>.
  </p>
);
