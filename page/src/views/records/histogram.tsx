import { HistogramDocument } from '../../api/documents.ts';
import { useResource } from '../../state/resource.ts';
import { filter, refreshes, time } from '../../state/search.ts';
import { timeZone } from '../../state/zone.ts';
import './histogram.css';

const BARS = 60;

/** How many records match, over time. */
export function Histogram() {
  const stats = useResource(HistogramDocument, () => {
    refreshes.value;
    return {
      filter: filter.value,
      time: time.value ?? {},
      buckets: BARS,
      timeZone: timeZone.value,
      by: { field: 'LEVEL' } as const,
    };
  });
  const data = stats.value.data?.stats;
  const bars = data?.bars ?? [];
  const most = Math.max(1, ...bars.map(({ total }) => total));
  return (
    <figure class="histogram">
      <svg
        viewBox={`0 0 ${Math.max(bars.length, 1)} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label="Records over time"
      >
        {bars.map(({ start, total }, index) => (
          <rect key={start} x={index + 0.1} width={0.8} y={1 - total / most} height={total / most}>
            <title>{`${start}: ${total}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption class="quiet">{data ? `${data.total.toLocaleString()} records` : ' '}</figcaption>
    </figure>
  );
}
