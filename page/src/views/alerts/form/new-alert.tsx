import { ask } from '../../../api/ask.ts';
import {
  DeleteSearchDocument,
  SaveAlertDocument,
  SavedSearchesDocument,
  SaveSearchDocument,
} from '../../../api/documents.ts';
import { refresh } from '../../../state/search.ts';
import { go } from '../../../state/url.ts';
import { changes, presentSearch } from '../../records/saved/saved-view.ts';
import { type Draft, NEW_DRAFT, ruleOf } from './alert-draft.ts';
import { AlertForm } from './alert-form.tsx';

/** Makes an alert on the present search. */
export function NewAlert({ onClose }: { onClose: () => void }) {
  return (
    <AlertForm
      title="Alert me"
      query={presentSearch().query}
      initial={NEW_DRAFT}
      save={async (draft) => {
        const alert = await saveWithSearch(draft);
        onClose();
        refresh();
        go({ view: 'alerts', alert, record: undefined });
      }}
      onClose={onClose}
    />
  );
}

/** The alert's id. A search that is saved with the same text is used; else it is saved under the alert's name, if both can be. */
async function saveWithSearch(draft: Draft): Promise<string | undefined> {
  const present = presentSearch();
  const { savedSearches } = (await ask(SavedSearchesDocument, {})).data;
  const known = savedSearches?.find(({ query }) => query === present.query);
  const searchId = known?.id ?? (await saveSearch({ name: draft.name, metric: false, ...present }));
  try {
    const { name, notifierIds } = draft;
    const input = { name, searchId, notifierIds: [...notifierIds], enabled: true, ...ruleOf(draft) };
    return (await ask(SaveAlertDocument, { input })).data.saveAlert?.id;
  } catch (error) {
    // Nothing is left of what did not succeed. If this fails too, a search stays, which can be deleted.
    if (!known) await ask(DeleteSearchDocument, { id: searchId }).catch(() => {});
    throw error;
  } finally {
    changes.value += 1;
  }
}

const saveSearch = async (input: {
  name: string;
  metric: boolean;
  query: string;
  view: ReturnType<typeof presentSearch>['view'];
}) => (await ask(SaveSearchDocument, { input })).data.saveSearch!.id;
