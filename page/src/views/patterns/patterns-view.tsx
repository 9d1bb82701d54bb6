import { useSignal } from '@preact/signals';
import { PatternsDocument, type PatternsQuery } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SearchBar } from '../../parts/search-bar.tsx';
import { clocks, range } from '../../state/range.ts';
import { useResource } from '../../state/resource.ts';
import { filter, refresh, refreshes, time } from '../../state/search.ts';
import { go, urlValue } from '../../state/url.ts';
import { counted, countText } from '../../text/number.ts';
import { BASELINES, baselineOf } from './baseline.ts';
import { isNew, PatternRow } from './pattern-row.tsx';
import './patterns-view.css';

const FIRST = 50;
const FIRST_MAX = 1000;
const BARS = 24;

type Report = NonNullable<PatternsQuery['patterns']>;

const since = urlValue('since');

/** What the messages say, in patterns: the common ones, and those that are new. Search and time are those of the records. */
export default function PatternsView() {
  const size = useSignal(FIRST);
  const newOnly = useSignal(false);
  const answer = useResource(PatternsDocument, () => {
    refreshes.value;
    const baseline = baselineOf(since.value, range.value, clocks());
    return { filter: filter.value, time: time.value ?? {}, baseline, first: size.value, bars: BARS };
  });
  const { data, error, loading } = answer.value;
  const report = data?.patterns;
  const all = report?.patterns ?? [];
  const isCompared = all.some(({ baselineCount }) => baselineCount !== null);
  const fresh = all.filter(isNew);
  const shown = newOnly.value && isCompared ? fresh : all;
  return (
    <div class="patterns-view">
      <SearchBar />
      {error && <ErrorNote title="The patterns could not be found" message={error.message} onRetry={refresh} />}
      {!error && (
        <section aria-label="Patterns" aria-busy={loading}>
          <header class="patterns-head">
            <strong>{report ? headText(report, all.length === size.value) : 'Sorting messages ...'}</strong>
            <label>
              <span class="quiet">New since</span>
              <select
                value={since.value ?? ''}
                onChange={(event) => go({ since: event.currentTarget.value }, { replace: true })}
              >
                <option value="">not compared</option>
                {BASELINES.map(({ name, title }) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            {isCompared && (
              <label>
                <input
                  type="checkbox"
                  checked={newOnly.value}
                  onChange={(event) => {
                    newOnly.value = event.currentTarget.checked;
                  }}
                />
                Only the {counted(fresh.length, 'new one')}
              </label>
            )}
          </header>
          {report && all.length === 0 && <p class="quiet">No record matches.</p>}
          {all.length > 0 && shown.length === 0 && <p class="quiet">No pattern is new.</p>}
          <ul class="patterns" aria-label="Patterns">
            {shown.map((pattern) => (
              <PatternRow key={pattern.template} pattern={pattern} />
            ))}
          </ul>
          {all.length === size.value && size.value < FIRST_MAX && (
            <p>
              <button
                type="button"
                disabled={loading}
                onClick={() => {
                  size.value = Math.min(size.value * 4, FIRST_MAX);
                }}
              >
                More patterns
              </button>
            </p>
          )}
        </section>
      )}
    </div>
  );
}

function headText({ sampled, total, patterns }: Report, areMore: boolean): string {
  const found = counted(patterns.length, 'pattern');
  const records = counted(total === null ? sampled : Math.max(sampled, total), 'record');
  const sample = total === null || total <= sampled ? '' : `a sample of ${countText(sampled)} of `;
  return `${areMore ? `The ${found.replace(' ', ' most common ')}` : found} in ${sample}${records}`;
}
