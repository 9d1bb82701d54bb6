import { useRef } from 'preact/hooks';
import { NewestDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { useResource } from '../../../state/resource.ts';
import { filter, refresh, refreshes, time } from '../../../state/search.ts';
import { FirstRecord } from './first-record.tsx';
import { NoMatch } from './no-match.tsx';
import './nothing.css';

/** In place of rows where the table has none: how to send the first record, or how to find others. `loading`: it is not known yet. */
export function NothingFound({ loading }: { loading: boolean }) {
  const search = JSON.stringify([filter.value, time.value]);
  const answered = useRef('');
  if (!loading) answered.current = search;
  // A refresh leaves the card where it is.
  return answered.current === search ? (
    <Card />
  ) : (
    <p class="quiet table-end" role="status">
      Loading ...
    </p>
  );
}

function Card() {
  const newest = useResource(NewestDocument, () => {
    refreshes.value;
    return { filter: null };
  });
  const { data, error } = newest.value;
  if (error) return <ErrorNote title="The records could not be counted" message={error.message} onRetry={refresh} />;
  if (!data) return null;
  return (data.logs?.nodes.length ?? 0) === 0 ? <FirstRecord /> : <NoMatch />;
}
