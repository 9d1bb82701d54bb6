import { useSignal } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import { DeleteNotifierDocument, type NotifierRowFragment, NotifiersDocument } from '../../../api/documents.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { useResource } from '../../../state/resource.ts';
import { refresh, refreshes } from '../../../state/search.ts';
import { shownTime } from '../../../state/zone.ts';
import { NotifierDialog } from './notifier-dialog.tsx';

type Notifier = NotifierRowFragment;

/** Where notifications go. For ADMIN. */
export function NotifierList() {
  const answer = useResource(NotifiersDocument, () => {
    refreshes.value;
    return {};
  });
  const changed = useSignal<Notifier | 'new' | null>(null);
  const deleted = useSignal<Notifier | null>(null);
  const { data, error } = answer.value;
  const notifiers = data?.notifiers;
  return (
    <section aria-labelledby="notifiers-title">
      <header class="alerts-head">
        <h2 id="notifiers-title">Notifiers</h2>
        <button type="button" aria-haspopup="dialog" onClick={() => (changed.value = 'new')}>
          New notifier
        </button>
      </header>
      {error && <ErrorNote title="The notifiers could not be read" message={error.message} onRetry={refresh} />}
      {notifiers?.length === 0 && <p class="quiet">There is none yet: alerts fire on this page alone.</p>}
      {notifiers && notifiers.length > 0 && (
        <ul class="alert-list" aria-label="Notifiers">
          {notifiers.map((notifier) => (
            <li key={notifier.id} class="notifier-row">
              <Described {...notifier} />
              <span class="alert-buttons">
                <button
                  type="button"
                  aria-label={`Change the notifier ${notifier.name}`}
                  onClick={() => (changed.value = notifier)}
                >
                  Change
                </button>
                <button
                  type="button"
                  aria-label={`Delete the notifier ${notifier.name}`}
                  onClick={() => (deleted.value = notifier)}
                >
                  Delete
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {changed.value && (
        <NotifierDialog
          notifier={changed.value === 'new' ? null : changed.value}
          onClose={() => (changed.value = null)}
        />
      )}
      {deleted.value && <DeleteNotifier notifier={deleted.value} onClose={() => (deleted.value = null)} />}
    </section>
  );
}

function Described({ name, kind, shownTarget, signed, lastDeliveredAt, lastError }: Notifier) {
  const delivered =
    lastDeliveredAt === null ? 'nothing delivered yet' : `delivered ${shownTime(lastDeliveredAt).slice(0, 16)}`;
  return (
    <span class="notifier-text">
      <strong>{name}</strong>{' '}
      <span class="quiet">
        {kind.toLowerCase()} {shownTarget}
        {signed && ', signed'} · {delivered}
      </span>
      {lastError !== null && <span class="alert-problem">last attempt failed: {lastError}</span>}
    </span>
  );
}

function DeleteNotifier({ notifier: { id, name }, onClose }: { notifier: Notifier; onClose: () => void }) {
  async function remove(): Promise<void> {
    await ask(DeleteNotifierDocument, { id });
    refresh();
  }
  return (
    <Confirm title={`Delete the notifier ${name}?`} action={`Delete ${name}`} run={remove} onClose={onClose}>
      <p>What is not delivered yet is not sent. This cannot be undone.</p>
    </Confirm>
  );
}
