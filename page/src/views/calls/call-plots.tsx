import { Plot } from '../../parts/plot/plot.tsx';
import { showRangeBefore } from '../../state/range.ts';
import { showRange } from '../../state/search.ts';
import { durationText } from '../../text/duration.ts';
import { counted, usdText } from '../../text/number.ts';
import { cssColour, GROUP_COLOURS } from '../../text/palette.ts';
import type { LlmStats } from './calls.ts';

type Bar = NonNullable<LlmStats['bars']>[number];
const [FIRST, SECOND] = GROUP_COLOURS.map(cssColour) as [string, string];

interface Shown {
  title: string;
  series: { name: string; colour: string }[];
  valuesOf: (bar: Bar) => number[];
  show: (value: number) => string;
  sumOf?: (bar: Bar) => string;
}

const PLOTS: readonly Shown[] = [
  {
    title: 'Calls',
    series: [
      { name: 'with an error', colour: 'var(--error)' },
      { name: 'without', colour: FIRST },
    ],
    valuesOf: ({ totals: { calls, errors } }) => [errors, calls - errors],
    show: (count) => counted(count, 'call'),
  },
  {
    title: 'Cost',
    series: [{ name: 'cost', colour: FIRST }],
    valuesOf: ({ totals }) => [totals.costUsd],
    show: usdText,
  },
  {
    title: 'Tokens',
    series: [
      { name: 'sent', colour: FIRST },
      { name: 'answered', colour: SECOND },
    ],
    valuesOf: ({ totals }) => [totals.inputTokens, totals.outputTokens],
    show: (count) => counted(count, 'token'),
  },
  {
    // The part above is what the slow calls take longer.
    title: 'Latency (median and 95%)',
    series: [
      { name: 'median', colour: FIRST },
      { name: 'from there to 95%', colour: SECOND },
    ],
    valuesOf: ({ durations }) => [durations?.p50 ?? 0, (durations?.p95 ?? 0) - (durations?.p50 ?? 0)],
    show: durationText,
    sumOf: ({ durations }) => `95% within ${durationText(durations?.p95 ?? 0)}`,
  },
];

/** Calls, cost, tokens and latency over time. A drag shows its time, as in the histogram. */
export function CallPlots({ bars }: { bars: readonly Bar[] }) {
  return (
    <div class="calls-plots">
      {PLOTS.map(({ title, series, valuesOf, show, sumOf }) => (
        <figure key={title} aria-label={title}>
          <figcaption>{title}</figcaption>
          <Plot
            label={title}
            bars={bars.map((bar) => ({ start: bar.start, end: bar.end, values: valuesOf(bar) }))}
            series={series}
            show={show}
            {...(sumOf && { sumOf: (index: number) => sumOf(bars[index]!) })}
            onRange={showRange}
            onBack={showRangeBefore}
          />
        </figure>
      ))}
    </div>
  );
}
