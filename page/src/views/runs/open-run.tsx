import { useEffect, useRef } from 'preact/hooks';
import { OpenRunDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { usePolled } from '../../state/polled.ts';
import { refresh } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { durationText } from '../../text/duration.ts';
import { counted } from '../../text/number.ts';
import { liveRuns } from './live-runs.ts';
import { recordsUrl } from './records-url.ts';
import { isOpen } from './run-filter.ts';
import { RunProgress } from './run-progress.tsx';
import { RunStages } from './run-stages.tsx';
import { RunStatusBadge } from './run-status-badge.tsx';
import './open-run.css';

const EVERY_MS = 3000;

/** One run: how far it is, its stages and what it said at its end. */
export function OpenRun({ id }: { id: string }) {
  const asked = usePolled(
    OpenRunDocument,
    () => ({ pipelineId: id }),
    (data) => (data === null || (data.pipeline && isOpen(data.pipeline)) ? EVERY_MS : null),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { data, error, loading } = asked.value;
  const run = data?.pipeline;
  const live = liveRuns.value.get(id);
  const newest = live ?? run;
  return (
    <aside class="open-run" aria-label="Run">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {run?.name ?? id}
        </h2>
        <Link href={urlWith({ run: undefined })} aria-label="Close this run" class="close">
          ✕
        </Link>
      </header>
      {error && <ErrorNote title="This run could not be read" message={error.message} onRetry={refresh} />}
      {loading && !data && <p class="quiet">Loading ...</p>}
      {data && !run && <p>No record has this pipeline id (any more).</p>}
      {run && newest && (
        <>
          <p>
            <RunStatusBadge status={newest.status} /> <span class="mono">{id}</span>
          </p>
          <RunProgress run={newest} />
          <dl>
            {[
              ['Service', newest.service],
              ['Host', newest.host],
              ['Stage', newest.progress?.stage],
              ['Item', newest.progress?.currentItem],
              ['First record', shownTime(run.startedAt)],
              ['Last record', shownTime(run.endedAt)],
              ['From first to last', durationText(run.durationMs)],
            ].map(
              ([term, value]) =>
                value && (
                  <div key={term}>
                    <dt>{term}</dt>
                    <dd>{value}</dd>
                  </div>
                ),
            )}
          </dl>
          <p class="run-links">
            <Link href={recordsUrl(id)}>{counted(run.logCount, 'record')}</Link>
            {run.errorCount > 0 && (
              <Link href={recordsUrl(id, ' level:>=error')}>{counted(run.errorCount, 'error')}</Link>
            )}
          </p>
          <RunStages stages={run.stages ?? []} pipelineId={id} />
          {run.summary !== null && (
            <section>
              <h3>Summary</h3>
              <pre class="mono">{JSON.stringify(run.summary, null, 2)}</pre>
            </section>
          )}
        </>
      )}
    </aside>
  );
}
