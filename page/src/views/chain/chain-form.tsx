import { Link } from '../../parts/link.tsx';
import { go, urlWith } from '../../state/url.ts';

/** Opens a chain by its id. */
export function ChainForm({ id }: { id: string | undefined }) {
  return (
    <form
      class="chain-form"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = new FormData(event.currentTarget).get('chain');
        if (typeof typed === 'string') go({ chain: typed.trim() });
      }}
    >
      <input
        key={id}
        class="mono"
        name="chain"
        aria-label="Correlation id"
        placeholder="A correlation id"
        defaultValue={id ?? ''}
        autocomplete="off"
        spellcheck={false}
      />
      <button type="submit" class="primary">
        Open
      </button>
      {id !== undefined && <Link href={urlWith({ chain: undefined })}>All chains</Link>}
    </form>
  );
}
