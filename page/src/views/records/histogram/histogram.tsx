import { useRef } from 'preact/hooks';
import { askInTurn } from '../../../api/ask-in-turn.ts';
import { HistogramDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { Plot } from '../../../parts/plot/plot.tsx';
import { useWidth } from '../../../parts/plot/use-width.ts';
import { rangeBefore, showRangeBefore } from '../../../state/range.ts';
import { useResource } from '../../../state/resource.ts';
import { filter, recounts, refresh, showRange, time } from '../../../state/search.ts';
import { storedSignal } from '../../../state/stored.ts';
import { offset, timeZone } from '../../../state/zone.ts';
import { counted } from '../../../text/number.ts';
import { rangeText } from '../../../text/range.ts';
import { GroupBy, groupBy } from './group-by.tsx';
import { groupsOf, type HistogramBar } from './groups.ts';
import { Legend } from './legend.tsx';
import './histogram.css';

/** Room for one bar, and how many there are at most: more would not be told apart. */
const BAR_PX = 10;
const BARS_MAX = 240;
/** Not each pixel of a window that is made larger asks again. */
const BARS_STEP = 10;

const collapsed = storedSignal('histogram-collapsed', false);

/** How many records match, over time, by level or by any field. */
export function Histogram() {
  const place = useRef<HTMLElement>(null);
  const width = useWidth(place);
  const answer = useResource(
    HistogramDocument,
    () => {
      recounts.value;
      const buckets = Math.min(BARS_MAX, Math.ceil(width.value / BAR_PX / BARS_STEP) * BARS_STEP);
      if (collapsed.value || buckets === 0) return null;
      return {
        filter: filter.value,
        time: time.value ?? {},
        buckets,
        timeZone: timeZone.value,
        by: groupBy.value?.ref ?? null,
      };
    },
    askInTurn,
  );
  const { data, error, loading } = answer.value;
  const bars = data?.stats?.bars ?? [];
  const groups = groupsOf(bars);
  return (
    <figure
      class={`histogram ${loading && !data ? 'awaited' : ''}`}
      ref={place}
      aria-label="Records over time"
      aria-busy={loading}
    >
      <figcaption>
        <button
          type="button"
          class="plain"
          aria-expanded={!collapsed.value}
          onClick={() => {
            collapsed.value = !collapsed.value;
          }}
        >
          {collapsed.value ? '▸' : '▾'} Histogram
        </button>
        {!collapsed.value && (
          <>
            {data && !error && <strong class="histogram-total">{counted(totalOf(bars), 'record')}</strong>}
            <GroupBy />
            {!error && <Legend groups={groups} />}
            {rangeBefore.value && (
              <button type="button" class="histogram-back" title="Also: double click" onClick={showRangeBefore}>
                ↶ {rangeText(rangeBefore.value, offset.value)}
              </button>
            )}
          </>
        )}
      </figcaption>
      {!collapsed.value && error && (
        <ErrorNote title="The histogram could not be read" message={error.message} onRetry={refresh} />
      )}
      {!collapsed.value && !error && (
        <Plot
          label="Records over time"
          bars={bars.map(({ start, end, errorCount }, index) => ({
            start,
            end,
            values: groups.map(({ counts }) => counts[index]!),
            marked: errorCount > 0,
          }))}
          series={groups}
          show={(count) => counted(count, 'record')}
          onRange={(from, to) => showRange(...within(data?.stats?.range, from, to))}
          onBack={showRangeBefore}
        />
      )}
    </figure>
  );
}

const totalOf = (bars: readonly HistogramBar[]): number => bars.reduce((sum, { total }) => sum + total, 0);

/** The first and the last bar count only records of the range: a wider one would show others. */
function within(range: { from: string; to: string } | undefined, from: string, to: string): [from: string, to: string] {
  const short = (time: string): string => time.replace(/\.0+Z$/, 'Z');
  if (!range) return [short(from), short(to)];
  // All have 27 characters.
  return [short(from > range.from ? from : range.from), short(to < range.to ? to : range.to)];
}
