import { NewestDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { found } from '../../../state/found.ts';
import { useResource } from '../../../state/resource.ts';
import { refresh, refreshes } from '../../../state/search.ts';
import { FirstRecord } from './first-record.tsx';
import { NoMatch } from './no-match.tsx';
import './nothing.css';

/** In place of the table where it has no record: how to send the first one, or how to find others. */
export function NothingFound() {
  return found.value === false ? <Card /> : null;
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
