import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { CreateKeyDocument } from '../../api/documents.ts';
import { apiError } from '../../state/resource.ts';
import type { Right } from '../../state/viewer.ts';
import { fieldOfError, inputOf, type KeyField, messageOf } from './key-input.ts';
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
  const problem = useSignal<{ field: KeyField | null; message: string } | null>(null);
  const isBusy = useSignal(false);
  // Before the next key: what is typed at once is for this field.
  useLayoutEffect(() => form.current?.querySelector('input')?.focus(), []);
  const mayBound = (right: Right): boolean => rights.value.includes(right) && !rights.value.includes('ADMIN');
  const problemAt = (field: KeyField | null) => (problem.value?.field === field ? problem.value.message : null);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    isBusy.value = true;
    problem.value = null;
    try {
      const { data } = await ask(CreateKeyDocument, { input: inputOf(new FormData(form.current!), rights.value) });
      if (data.createApiKey) onMade(data.createApiKey);
    } catch (error) {
      const { message } = apiError(error);
      const field = fieldOfError(message);
      problem.value = { field, message: messageOf(message) };
      form.current?.querySelector<HTMLElement>(`[name^="${field}"]`)?.focus();
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <form ref={form} class="key-form" aria-label="Make a key" onSubmit={send}>
      <Field name="name" label="Name" problem={problemAt('name')} placeholder="billing" required />
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
        <Problem id="key-rights-problem">{problemAt('rights')}</Problem>
      </fieldset>
      {mayBound('READ') && (
        <Field
          name="scope"
          label="Scope: it sees only records that match"
          problem={problemAt('scope')}
          placeholder="environment:staging; empty: all records"
        />
      )}
      {mayBound('INGEST') && (
        <fieldset class="key-stamp">
          <legend>Stamp: what is written on each record that it stores, where not empty</legend>
          <Field name="stamp.service" label="Service" problem={problemAt('stamp')} />
          <Field name="stamp.environment" label="Environment" problem={null} />
          <Field name="stamp.deploymentVersion" label="Version" problem={null} />
        </fieldset>
      )}
      {mayBound('INGEST') && (
        <Field
          name="recordsPerSecond"
          label="Records in a second, at most"
          problem={problemAt('recordsPerSecond')}
          placeholder="empty: no limit"
        />
      )}
      <Field
        name="expiresIn"
        label="Valid for"
        problem={problemAt('expiresIn')}
        placeholder="90d; empty: until it is revoked"
      />
      <Problem id="key-problem">{problemAt(null)}</Problem>
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

interface FieldProps {
  name: string;
  label: string;
  problem: string | null;
  placeholder?: string;
  required?: boolean;
}

function Field({ name, label, problem, placeholder = '', required = false }: FieldProps) {
  const id = `key-${name}-problem`;
  return (
    <label class="key-field">
      {label}
      <input
        type="text"
        name={name}
        placeholder={placeholder}
        required={required}
        autocomplete="off"
        aria-invalid={problem !== null}
        aria-describedby={id}
      />
      <Problem id={id}>{problem}</Problem>
    </label>
  );
}

const Problem = ({ id, children }: { id: string; children: ComponentChildren }) => (
  <span id={id} class="problem" role="alert">
    {children}
  </span>
);
