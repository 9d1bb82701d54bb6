import { useSignal } from '@preact/signals';
import { ask } from '../../../api/ask.ts';
import { SaveSearchDocument } from '../../../api/documents.ts';
import { apiError } from '../../../state/resource.ts';
import { changes, mayChange, presentSearch, type SavedSearch } from './saved-view.ts';

/** Saves the present search under a name. One that has this name is replaced, after a question. */
export function SaveForm({ searches }: { searches: readonly SavedSearch[] }) {
  const name = useSignal('');
  const said = useSignal<string | null>(null);
  const replaced = useSignal<SavedSearch | null>(null);

  async function save(other: SavedSearch | null): Promise<void> {
    said.value = null;
    replaced.value = null;
    const { description = null, metric = false } = other ?? {};
    try {
      const input = { name: name.value, description, metric, ...presentSearch() };
      await ask(SaveSearchDocument, { id: other?.id ?? null, input });
      said.value = `Saved as ${name.value}`;
      name.value = '';
      changes.value += 1;
    } catch (error) {
      said.value = apiError(error).message;
    }
  }

  function submit(): void {
    const other = searches.find((search) => search.name === name.value.trim());
    if (!other) void save(null);
    else if (mayChange(other)) replaced.value = other;
    else said.value = `${other.name} is counted as a metric: only a key with the right ADMIN changes it.`;
  }

  return (
    <form
      class="save-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <input
        aria-label="Name of the present search"
        placeholder="Name of the present search"
        required
        maxLength={100}
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
          replaced.value = null;
          said.value = null;
        }}
      />
      <button type="submit" class="primary">
        Save
      </button>
      <p role="status">{said.value}</p>
      {replaced.value && (
        <p role="alert">
          {replaced.value.name} exists.{' '}
          <button type="button" onClick={() => void save(replaced.value)}>
            Replace it
          </button>
        </p>
      )}
    </form>
  );
}
