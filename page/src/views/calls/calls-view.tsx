import { CallsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SearchBar } from '../../parts/search-bar.tsx';
import { useResource } from '../../state/resource.ts';
import { filter, refresh, refreshes, time } from '../../state/search.ts';
import { urlValue } from '../../state/url.ts';
import { timeZone } from '../../state/zone.ts';
import { CallDialog } from './call-dialog.tsx';
import { CallGroups } from './call-groups.tsx';
import { CallPlots } from './call-plots.tsx';
import { Chains } from './chains.tsx';
import { NewestCalls } from './newest-calls.tsx';
import { TotalsList } from './totals-list.tsx';
import './calls-view.css';

const BARS = 40;
const record = urlValue('record');

/** What model calls cost, how long they take, whose they are. Search and time are those of the records. */
export default function CallsView() {
  const answer = useResource(CallsDocument, () => {
    refreshes.value;
    return { filter: filter.value, time: time.value ?? {}, timeZone: timeZone.value, buckets: BARS };
  });
  const { data, error, loading } = answer.value;
  const stats = error ? null : data?.llmStats;
  return (
    <div class="calls-view" aria-busy={loading}>
      <SearchBar />
      {error && <ErrorNote title="The model calls could not be read" message={error.message} onRetry={refresh} />}
      {!stats && !error && loading && <p class="quiet">Loading ...</p>}
      {stats && <TotalsList stats={stats} />}
      {stats && stats.totals.calls > 0 && (
        <>
          <CallPlots bars={stats.bars ?? []} />
          <div class="calls-tables">
            <CallGroups />
            <Chains chains={stats.chains ?? []} />
          </div>
        </>
      )}
      <NewestCalls />
      {record.value !== undefined && <CallDialog id={record.value} />}
    </div>
  );
}
