import { useSignal } from '@preact/signals';
import { askInTurn } from '../../../api/ask-in-turn.ts';
import { FacetDocument } from '../../../api/documents.ts';
import { useResource } from '../../../state/resource.ts';
import { filter, query, recounts, search, time } from '../../../state/search.ts';
import { excluding, hasTerm, termOf, withoutTerm, withTerm } from '../../../text/query-terms.ts';
import type { CountedField } from './counted-field.ts';

const FIRST = 10;
const MORE = 100;

/** The most common values of a field among the records of the present search. A click shows only these, or all but these. */
export function Facet({ name, by }: CountedField) {
  const size = useSignal(FIRST);
  const facet = useResource(
    FacetDocument,
    () => {
      recounts.value;
      // One more says whether there are more.
      return { by, filter: filter.value, time: time.value ?? {}, first: size.value + 1 };
    },
    askInTurn,
  );
  const { data, error, loading } = facet.value;
  if (error) return error.code === 'QUERY_SYNTAX' ? null : <p class="facet-note">{error.message}</p>;
  const all = data?.facets ?? [];
  const values = all.slice(0, size.value);
  if (data && values.length === 0) return <p class="facet-note">No records</p>;
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <>
      <ul class="facet-values" aria-busy={loading} aria-label={`Values of ${name}`}>
        {values.map(({ value, count }) => (
          <Value
            key={value}
            name={name}
            value={by.field === 'LEVEL' ? value!.toLowerCase() : (value ?? null)}
            count={count}
            share={count / most}
          />
        ))}
      </ul>
      {!data && <p class="facet-note">Counting ...</p>}
      {all.length > size.value && size.value < MORE && (
        <button
          type="button"
          class="plain facet-more"
          onClick={() => {
            size.value = MORE;
          }}
        >
          More
        </button>
      )}
    </>
  );
}

interface ValueProps {
  name: string;
  /** Null: the records without a value. */
  value: string | null;
  count: number;
  /** Of the most common one: 0 to 1. */
  share: number;
}

function Value({ name, value, count, share }: ValueProps) {
  const isOnly = hasTerm(query.value, name, value);
  const shown = value === '' ? '(empty)' : (value ?? '(none)');
  const exclude = (): void => search(excluding(query.value, name, value));
  return (
    <li>
      <button
        type="button"
        class="plain facet-value"
        aria-pressed={isOnly}
        title={isOnly ? `Remove ${termOf(name, value)}` : `Only ${termOf(name, value)}. With Alt: exclude it`}
        onClick={(event) => {
          if (event.altKey) exclude();
          else search(isOnly ? withoutTerm(query.value, name, value) : withTerm(query.value, name, value));
        }}
      >
        <span class="facet-share" style={{ width: `${Math.max(share * 100, 1)}%` }} />
        <span class={value === null ? 'facet-text quiet' : 'facet-text'}>{shown}</span>
        <span class="facet-count">{count.toLocaleString()}</span>
      </button>
      <button
        type="button"
        class="plain"
        title={`Exclude ${shown}`}
        aria-label={`Exclude ${name} ${shown}`}
        onClick={exclude}
      >
        ≠
      </button>
    </li>
  );
}
