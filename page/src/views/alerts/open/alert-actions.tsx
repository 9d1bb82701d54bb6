import { useSignal } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import {
  DeleteAlertDocument,
  SilenceAlertDocument,
  TestAlertDocument,
  type TestAlertMutation,
} from '../../../api/documents.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { apiError } from '../../../state/resource.ts';
import { refresh } from '../../../state/search.ts';
import { go } from '../../../state/url.ts';
import { type Alert, isSilenced } from '../alert-text.ts';
import { draftOf } from '../form/alert-draft.ts';
import { EditAlert, saveAlert } from '../form/edit-alert.tsx';

interface Props {
  alert: Alert;
  /** Null: not known yet. */
  notifierIds: readonly string[] | null;
}

/** What ADMIN may do with an alert. */
export function AlertActions({ alert, notifierIds }: Props) {
  const { id, name, enabled } = alert;
  const opened = useSignal<'edit' | 'delete' | null>(null);
  const said = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const close = (): void => {
    opened.value = null;
  };

  /** `run` returns what to say. */
  async function act(run: () => Promise<string>): Promise<void> {
    isBusy.value = true;
    said.value = null;
    try {
      said.value = await run();
      refresh();
    } catch (error) {
      said.value = apiError(error).message;
    } finally {
      isBusy.value = false;
    }
  }

  const silence = async (length: string | null): Promise<string> => {
    await ask(SilenceAlertDocument, { id, for: length });
    return length === null ? 'Notifications are sent again.' : 'Nothing is sent for an hour.';
  };
  const enable = async (): Promise<string> => {
    await saveAlert(alert, draftOf(alert, notifierIds!), !enabled);
    return enabled ? 'It is not evaluated any more.' : 'It is evaluated from the next minute on.';
  };
  const isReady = notifierIds !== null && !isBusy.value;
  const isTold = notifierIds !== null && notifierIds.length > 0;

  return (
    <>
      <div class="alert-buttons">
        <button
          type="button"
          disabled={isBusy.value}
          onClick={() => void act(() => silence(isSilenced(alert) ? null : 'PT1H'))}
        >
          {isSilenced(alert) ? 'No longer silent' : 'Silence for an hour'}
        </button>
        <button
          type="button"
          disabled={!isTold || isBusy.value}
          title={isTold ? undefined : 'It has no notifier'}
          onClick={() => void act(() => trial(id))}
        >
          Send a trial
        </button>
        <button type="button" disabled={!isReady} onClick={() => void act(enable)}>
          {enabled ? 'Disable' : 'Enable'}
        </button>
        <button type="button" disabled={!isReady} aria-haspopup="dialog" onClick={() => (opened.value = 'edit')}>
          Change
        </button>
        <button type="button" aria-haspopup="dialog" onClick={() => (opened.value = 'delete')}>
          Delete
        </button>
      </div>
      <p class="alert-said" role="status">
        {said.value}
      </p>
      {opened.value === 'edit' && <EditAlert alert={alert} notifierIds={notifierIds!} onClose={close} />}
      {opened.value === 'delete' && (
        <Confirm
          title={`Delete the alert ${name}?`}
          action={`Delete ${name}`}
          run={async () => {
            await ask(DeleteAlertDocument, { id });
            go({ alert: undefined }, { replace: true });
            refresh();
          }}
          onClose={close}
        >
          <p>Its events go with it, and what is not delivered yet is not sent. This cannot be undone.</p>
        </Confirm>
      )}
    </>
  );
}

type Trial = NonNullable<TestAlertMutation['testAlert']>[number];

async function trial(id: string): Promise<string> {
  const { data } = await ask(TestAlertDocument, { id });
  return (data.testAlert ?? []).map(trialText).join(' ') || 'Nothing was sent.';
}

const trialText = ({ notifierName, deliveredAt, error }: Trial): string =>
  deliveredAt === null
    ? `${notifierName}: not delivered, ${error ?? 'no reason given'}.`
    : `${notifierName}: delivered.`;
