import { SavedSearchesDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { Popup } from '../../../parts/popup.tsx';
import { useResource } from '../../../state/resource.ts';
import { SaveForm } from './save-form.tsx';
import { SavedItem } from './saved-item.tsx';
import { changes, maySave } from './saved-view.ts';
import './saved-menu.css';

/** The searches that are saved in the server: opens one, saves the present one. */
export function SavedMenu() {
  return <Popup label="Saved">{(close) => <SavedList close={close} />}</Popup>;
}

function SavedList({ close }: { close: () => void }) {
  const saved = useResource(SavedSearchesDocument, () => {
    changes.value;
    return {};
  });
  const { data, error, loading } = saved.value;
  const searches = data?.savedSearches ?? [];
  return (
    <div class="saved-menu">
      {error && <ErrorNote title="The saved searches could not be read" message={error.message} />}
      {loading && !data && <p class="quiet">Loading ...</p>}
      {data && searches.length === 0 && <p class="quiet">No search is saved yet.</p>}
      {searches.length > 0 && (
        <ul aria-label="Saved searches">
          {searches.map((search) => (
            <SavedItem key={search.id} search={search} onOpen={close} />
          ))}
        </ul>
      )}
      {data && maySave() && <SaveForm searches={searches} />}
    </div>
  );
}
