import type { Signal } from '@preact/signals';
import type { NotifierRowFragment } from '../../../api/documents.ts';
import { choosing, type Draft } from './alert-draft.ts';

interface Props {
  draft: Signal<Draft>;
  /** Null: not known yet. */
  notifiers: readonly NotifierRowFragment[] | null;
  problem: string | null;
  onNew: () => void;
}

/** Who is told: existing notifiers, and new ones. */
export function NotifierChoice({ draft, notifiers, problem, onNew }: Props) {
  const { notifierIds } = draft.value;
  return (
    <fieldset class="notifier-choice" aria-describedby="notifier-choice-problem">
      <legend>Tell</legend>
      {notifiers?.map(({ id, name, kind, shownTarget, lastError }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={notifierIds.includes(id)}
            onChange={(event) => {
              draft.value = choosing(draft.value, id, event.currentTarget.checked);
            }}
          />
          <span>
            {name}{' '}
            <span class="quiet">
              {kind.toLowerCase()} {shownTarget}
            </span>
            {lastError !== null && <span class="alert-problem"> last attempt failed: {lastError}</span>}
          </span>
        </label>
      ))}
      <span id="notifier-choice-problem" class="problem" role="alert">
        {problem}
      </span>
      <p class="quiet">
        {notifierIds.length === 0 && 'Nobody is told: only this page and the API show that it fires. '}
        <button type="button" aria-haspopup="dialog" onClick={onNew}>
          New notifier
        </button>
      </p>
    </fieldset>
  );
}
