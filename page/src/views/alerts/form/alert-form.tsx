import { useComputed, useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { NotifiersDocument } from '../../../api/documents.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { apiError, useResource } from '../../../state/resource.ts';
import { refreshes } from '../../../state/search.ts';
import { type FieldError, fieldErrorOf } from '../../../text/field-error.ts';
import { NotifierDialog } from '../notifiers/notifier-dialog.tsx';
import { choosing, type Draft, ruleOf } from './alert-draft.ts';
import { NotifierChoice } from './notifier-choice.tsx';
import { PreviewPart } from './preview.tsx';
import { RuleFields } from './rule-fields.tsx';
import './alert-form.css';

interface Props {
  title: string;
  /** The search text whose records it measures. */
  query: string;
  initial: Draft;
  /** Saves it; its errors are shown. */
  save: (draft: Draft) => Promise<void>;
  onClose: () => void;
}

const FIELDS = ['name', 'threshold', 'minimum', 'window', 'cooldown', 'notifierIds'];

/** All of an alert, with a preview of when it would have fired. */
export function AlertForm({ title, query, initial, save, onClose }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const draft = useSignal(initial);
  const rule = useComputed(() => ruleOf(draft.value));
  const problem = useSignal<FieldError | null>(null);
  const isBusy = useSignal(false);
  const isMaking = useSignal(false);
  const notifiers = useResource(NotifiersDocument, () => {
    refreshes.value;
    return {};
  });
  // Before the next key: what is typed at once is for this field.
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), []);
  const problemAt = (field: string | null) => (problem.value?.field === field ? problem.value.message : null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      await save(draft.value);
    } catch (error) {
      problem.value = fieldErrorOf(apiError(error).message, FIELDS);
      form.current?.querySelector<HTMLElement>(`[name="${problem.value.field}"]`)?.focus();
      isBusy.value = false;
    }
  }

  const { data, error } = notifiers.value;
  return (
    <>
      <Dialog title={title} class="wide" onClose={onClose}>
        <form ref={form} class="alert-form" onSubmit={submit}>
          <p class="alert-search">
            Records that match <code>{query.trim() === '' ? 'everything' : query}</code>
          </p>
          <RuleFields draft={draft} problemAt={problemAt} />
          <PreviewPart query={query} rule={rule} />
          {error && <ErrorNote title="The notifiers could not be read" message={error.message} />}
          <NotifierChoice
            draft={draft}
            notifiers={data?.notifiers ?? null}
            problem={problemAt('notifierIds')}
            onNew={() => {
              isMaking.value = true;
            }}
          />
          <p class="problem" role="alert">
            {problemAt(null)}
          </p>
          <div class="dialog-buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="primary" disabled={isBusy.value}>
              Save the alert
            </button>
          </div>
        </form>
      </Dialog>
      {isMaking.value && (
        <NotifierDialog
          notifier={null}
          onSaved={(id) => {
            draft.value = choosing(draft.value, id, true);
          }}
          onClose={() => {
            isMaking.value = false;
          }}
        />
      )}
    </>
  );
}
