import { ask } from '../../../api/ask.ts';
import { SaveAlertDocument } from '../../../api/documents.ts';
import { refresh } from '../../../state/search.ts';
import type { Alert } from '../alert-text.ts';
import { type Draft, draftOf, ruleOf } from './alert-draft.ts';
import { AlertForm } from './alert-form.tsx';

interface Props {
  alert: Alert;
  notifierIds: readonly string[];
  onClose: () => void;
}

/** Changes an alert. Its search stays. */
export function EditAlert({ alert, notifierIds, onClose }: Props) {
  return (
    <AlertForm
      title={`Change ${alert.name}`}
      query={alert.search.query}
      initial={draftOf(alert, notifierIds)}
      save={async (draft) => {
        await saveAlert(alert, draft, alert.enabled);
        onClose();
      }}
      onClose={onClose}
    />
  );
}

/** Replaces all of an alert but its search. */
export async function saveAlert({ id, search }: Alert, draft: Draft, enabled: boolean): Promise<void> {
  const { name, notifierIds } = draft;
  const input = { name, searchId: search.id, notifierIds: [...notifierIds], enabled, ...ruleOf(draft) };
  await ask(SaveAlertDocument, { id, input });
  refresh();
}
