import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ask } from '../../../api/ask.ts';
import { type NotifierKind, type NotifierRowFragment, SaveNotifierDocument } from '../../../api/documents.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { FormField } from '../../../parts/form-field.tsx';
import { apiError } from '../../../state/resource.ts';
import { refresh } from '../../../state/search.ts';
import { type FieldError, fieldErrorOf } from '../../../text/field-error.ts';
import { notifierInput } from './notifier-input.ts';

interface Props {
  /** Null: a new one. */
  notifier: NotifierRowFragment | null;
  onSaved?: (id: string) => void;
  onClose: () => void;
}

const KINDS: readonly [kind: NotifierKind, title: string, target: string, example: string][] = [
  ['WEBHOOK', 'Webhook: a POST of JSON', 'URL', 'https://example.com/hook'],
  ['SLACK', 'Slack, Discord or Mattermost', 'URL of the incoming webhook', 'https://hooks.example.com/services/...'],
  ['EMAIL', 'Mail', 'Addresses, with commas between them', 'ops@example.com'],
];

/** Makes or changes a notifier. What it keeps secret is never shown: left empty, it stays as it was. */
export function NotifierDialog({ notifier, onSaved, onClose }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const kind = useSignal<NotifierKind>(notifier?.kind ?? 'WEBHOOK');
  const problem = useSignal<FieldError | null>(null);
  const isBusy = useSignal(false);
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), []);
  const problemAt = (field: string | null) => (problem.value?.field === field ? problem.value.message : null);
  const [, , target, example] = KINDS.find(([one]) => one === kind.value)!;
  const isSameKind = notifier?.kind === kind.value;

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      const input = notifierInput(new FormData(form.current!), kind.value);
      const { data } = await ask(SaveNotifierDocument, { id: notifier?.id ?? null, input });
      if (data.saveNotifier) onSaved?.(data.saveNotifier.id);
      onClose();
      refresh();
    } catch (error) {
      problem.value = fieldErrorOf(apiError(error).message, ['name', 'target', 'secret']);
      form.current?.querySelector<HTMLElement>(`[name="${problem.value.field}"]`)?.focus();
      isBusy.value = false;
    }
  }

  return (
    <Dialog title={notifier ? `Change ${notifier.name}` : 'New notifier'} onClose={onClose}>
      <form ref={form} class="alert-form" onSubmit={save}>
        <FormField name="name" label="Name" problem={problemAt('name')} initial={notifier?.name ?? ''} required />
        <label class="form-field">
          Kind
          <select
            value={kind.value}
            onChange={(event) => {
              kind.value = event.currentTarget.value as NotifierKind;
            }}
          >
            {KINDS.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <FormField
          name="target"
          label={target}
          problem={problemAt('target')}
          placeholder={isSameKind ? `empty: as it was, ${notifier.shownTarget}` : example}
          required={!isSameKind}
        />
        {kind.value === 'WEBHOOK' && (
          <FormField
            name="secret"
            type="password"
            label="Secret that signs each request"
            problem={problemAt('secret')}
            placeholder={notifier?.signed ? 'empty: as it was' : 'empty: not signed'}
          />
        )}
        {kind.value === 'WEBHOOK' && notifier?.signed && (
          <label class="form-check">
            <input type="checkbox" name="unsigned" /> No secret any more
          </label>
        )}
        <p class="problem" role="alert">
          {problemAt(null)}
        </p>
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy.value}>
            Save the notifier
          </button>
        </div>
      </form>
    </Dialog>
  );
}
