import { useSignal } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import { DeleteSearchDocument } from '../../../api/documents.ts';
import { Link } from '../../../parts/link.tsx';
import { apiError } from '../../../state/resource.ts';
import { changes, mayChange, type SavedSearch, urlOf } from './saved-view.ts';

interface Props {
  search: SavedSearch;
  onOpen: () => void;
}

/** A saved search: a link that shows it, and a button that deletes it, after a question. */
export function SavedItem({ search, onOpen }: Props) {
  const isAsking = useSignal(false);
  const failure = useSignal<string | null>(null);
  const { id, name, query, description } = search;

  async function remove(): Promise<void> {
    try {
      await ask(DeleteSearchDocument, { id });
      changes.value += 1;
    } catch (error) {
      failure.value = apiError(error).message;
    }
  }

  return (
    <li>
      <Link class="saved-link" href={urlOf(search)} title={description ?? undefined} onClick={onOpen}>
        <span>{name}</span>
        <span class="quiet mono">{query === '' ? 'all records' : query}</span>
      </Link>
      {mayChange(search) &&
        (isAsking.value ? (
          <span class="saved-question">
            <button type="button" onClick={() => void remove()}>
              Delete
            </button>
            <button
              type="button"
              onClick={() => {
                isAsking.value = false;
              }}
            >
              Keep
            </button>
          </span>
        ) : (
          <button
            type="button"
            class="plain"
            aria-label={`Delete ${name}`}
            title="Delete"
            onClick={() => {
              isAsking.value = true;
            }}
          >
            ✕
          </button>
        ))}
      {failure.value !== null && <p role="alert">{failure.value}</p>}
    </li>
  );
}
