import { useSignal, useSignalEffect } from '@preact/signals';
import { query, refresh, search } from '../../state/search.ts';
import './search-box.css';

/** The search text. Enter searches. */
export function SearchBox() {
  const text = useSignal(query.peek());
  useSignalEffect(() => {
    text.value = query.value;
  });
  return (
    <form
      class="search-box"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.value === query.value) refresh();
        else search(text.value);
      }}
    >
      <input
        type="search"
        class="mono"
        aria-label="Search"
        placeholder="Search: words, or level:error service:billing"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  );
}
