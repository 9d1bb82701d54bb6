import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { CreateKeyDocument } from '../../api/documents.ts';
import { FieldProblem, FormField } from '../../parts/form-field.tsx';
import { apiError } from '../../state/resource.ts';
import type { Right } from '../../state/viewer.ts';
import { type FieldError, fieldErrorOf } from '../../text/field-error.ts';
import { inputOf, KEY_FIELDS } from './key-input.ts';
import type { Made } from './new-key.tsx';

const RIGHTS: readonly [right: Right, meaning: string][] = [
  ['READ', 'read, count and follow records'],
  ['CONTENT', 'beside READ: see what language models were asked and answered'],
  ['INGEST', 'store records'],
  ['ADMIN', 'all of these; delete records, make and revoke keys'],
];

interface Props {
  onMade: (made: Made) => void;
  onCancel: () => void;
}

/** A new key: its name, what it allows, and its bounds. Bounds that do not go with the chosen rights are not shown. */
export function KeyForm({ onMade, onCancel }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const rights = useSignal<readonly Right[]>(['READ']);
  const problem = useSignal<FieldError | null>(null);
  const isBusy = useSignal(false);
  // Before the next key: what is typed at once is for this field.
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), []);
  const mayBound = (right: Right): boolean => rights.value.includes(right) && !rights.value.includes('ADMIN');
  const problemAt = (field: string | null) => (problem.value?.field === field ? problem.value.message : null);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      const { data } = await ask(CreateKeyDocument, { input: inputOf(new FormData(form.current!), rights.value) });
      if (data.createApiKey) onMade(data.createApiKey);
    } catch (error) {
      problem.value = fieldErrorOf(apiError(error).message, KEY_FIELDS);
      form.current?.querySelector<HTMLElement>(`[name^="${problem.value.field}"]`)?.focus();
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <form ref={form} class="key-form" aria-label="Make a key" onSubmit={send}>
      <FormField name="name" label="Name" problem={problemAt('name')} placeholder="billing" required />
      <fieldset aria-describedby="key-rights-problem">
        <legend>Rights</legend>
        {RIGHTS.map(([right, meaning]) => (
          <label key={right}>
            <input
              type="checkbox"
              name="rights"
              checked={rights.value.includes(right)}
              onChange={({ currentTarget: { checked } }) => {
                rights.value = RIGHTS.map(([one]) => one).filter((one) =>
                  one === right ? checked : rights.value.includes(one),
                );
              }}
            />
            <span>
              {right} <span class="quiet">{meaning}</span>
            </span>
          </label>
        ))}
        <FieldProblem id="key-rights-problem">{problemAt('rights')}</FieldProblem>
      </fieldset>
      {mayBound('READ') && (
        <FormField
          name="scope"
          label="Scope: it sees only records that match"
          problem={problemAt('scope')}
          placeholder="environment:staging; empty: all records"
        />
      )}
      {mayBound('INGEST') && (
        <fieldset class="key-stamp">
          <legend>Stamp: what is written on each record that it stores, where not empty</legend>
          <FormField name="stamp.service" label="Service" problem={problemAt('stamp')} />
          <FormField name="stamp.environment" label="Environment" problem={null} />
          <FormField name="stamp.deploymentVersion" label="Version" problem={null} />
        </fieldset>
      )}
      {mayBound('INGEST') && (
        <FormField
          name="recordsPerSecond"
          label="Records in a second, at most"
          problem={problemAt('recordsPerSecond')}
          placeholder="empty: no limit"
        />
      )}
      <FormField
        name="expiresIn"
        label="Valid for"
        problem={problemAt('expiresIn')}
        placeholder="90d; empty: until it is revoked"
      />
      <FieldProblem id="key-problem">{problemAt(null)}</FieldProblem>
      <div class="key-form-buttons">
        <button type="submit" class="primary" disabled={isBusy.value}>
          Make the key
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
