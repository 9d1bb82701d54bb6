import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { urlValue, urlWith } from '../../state/url.ts';
import { ConnectionNote } from './connection-note.tsx';
import { followRuns, laterFirst, liveRuns } from './live-runs.ts';
import { OpenRun } from './open-run.tsx';
import { isOpen, matchesFilter, type Run } from './run-filter.ts';
import { RunFilters } from './run-filters.tsx';
import { RunList } from './run-list.tsx';
import { pages, readFirstPage, readNextPage, useRunPages } from './run-pages.ts';
import './runs-view.css';

const openId = urlValue('run');

/** The newest that is known of each run. */
const known = computed<Run[]>(() => {
  const runs = new Map<string, Run>();
  for (const run of [...pages.value.runs, ...liveRuns.value.values()]) {
    const other = runs.get(run.pipelineId);
    if (!other || laterFirst(run, other) <= 0) runs.set(run.pipelineId, run);
  }
  return Array.from(runs.values()).toSorted(laterFirst);
});
const shown = computed(() => known.value.filter(matchesFilter));
const open = computed(() => shown.value.filter(isOpen));
const ended = computed(() => shown.value.filter((run) => !isOpen(run)));

/** Long operations: what runs, what is stalled, and what ended, live. */
export default function RunsView() {
  useEffect(followRuns, []);
  useRunPages();
  const { error, loading, next } = pages.value;
  return (
    <div class={`runs-view ${openId.value === undefined ? '' : 'has-open-run'}`}>
      <div class="runs">
        <RunFilters known={known} />
        <ConnectionNote />
        {error && (
          <ErrorNote title="The runs could not be read" message={error.message} onRetry={() => void readFirstPage()} />
        )}
        {open.value.length > 0 && <RunList title="Now" runs={open.value} />}
        {ended.value.length > 0 && <RunList title="Ended" runs={ended.value} />}
        {shown.value.length === 0 && !error && (loading ? <p class="quiet">Loading ...</p> : <NoRuns />)}
        {next !== null && (
          <button type="button" class="more-runs" disabled={loading} onClick={() => void readNextPage()}>
            Older runs
          </button>
        )}
      </div>
      {openId.value !== undefined && <OpenRun key={openId.value} id={openId.value} />}
    </div>
  );
}

function NoRuns() {
  return (
    <p class="quiet">
      No run told of its progress in this time. Any program can: it sends records with a <code>pipeline_id</code> and a{' '}
      <code>progress</code>, see <code>docs/progress.md</code>. <code>weir import</code> does so too. Pipelines that do
      not are <Link href={urlWith({ view: undefined, q: 'pipelineId:*' })}>among the records</Link>.
    </p>
  );
}
