import { RecordsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { useResource } from '../../state/resource.ts';
import { filter, refresh, refreshes, time } from '../../state/search.ts';
import { shownTime } from '../../state/zone.ts';
import './record-table.css';

const PAGE = 100;

/** The newest records that match. */
export function RecordTable() {
  const records = useResource(RecordsDocument, () => {
    refreshes.value;
    return { filter: filter.value, time: time.value, first: PAGE };
  });
  const { data, error } = records.value;
  if (error) return <ErrorNote title="These records could not be read" message={error.message} onRetry={refresh} />;
  return (
    <div class="record-table mono" role="table" aria-label="Records">
      {data?.logs?.edges.map(({ node }) => (
        <div key={node.id} role="row" class={`record-row level-${node.level.toLowerCase()}`}>
          <span role="cell">{shownTime(node.timestamp)}</span>
          <span role="cell" class="level">
            {node.level}
          </span>
          <span role="cell">{node.service}</span>
          <span role="cell" class="message">
            {node.message}
          </span>
        </div>
      ))}
    </div>
  );
}
