import { useRef } from 'preact/hooks';
import type { AlertPreviewQuery } from '../../../api/documents.ts';
import { PlotAxis } from '../../../parts/plot/plot-axis.tsx';
import { PlotBars } from '../../../parts/plot/plot-bars.tsx';
import { useWidth } from '../../../parts/plot/use-width.ts';
import type { Preview } from './preview-text.ts';

type Bar = NonNullable<NonNullable<AlertPreviewQuery['stats']>['bars']>[number];

interface Props {
  preview: Preview;
  /** Records of the same range. */
  bars: readonly Bar[];
  threshold: number | null;
  /** What it shows, in words. */
  label: string;
}

/** Units of the drawing: the browser stretches it to the size of its place. */
const [WIDTH, HEIGHT] = [10_000, 100];
/** A firing of a minute is seen in a week, too. */
const BAND_WIDTH_MIN = 25;
/** Above the highest value. */
const ROOM = 1.08;
const RECORDS = [{ name: 'records', colour: 'var(--plot-records)' }];

/** The records over time; over them when the alert fires, its value as a line, and its threshold. */
export function PreviewPlot({ preview, bars, threshold, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { values, firings } = preview;
  const from = Date.parse(bars[0]?.start ?? values[0]?.at ?? '');
  const to = Date.parse(bars.at(-1)?.end ?? values.at(-1)?.at ?? '');
  const most = ROOM * Math.max(threshold ?? 0, ...values.map(({ value }) => value ?? 0));
  const xOf = (time: string): number => Math.round((WIDTH * (Date.parse(time) - from)) / (to - from));
  const yOf = (value: number): number => HEIGHT - (most === 0 ? 0 : (HEIGHT * value) / most);
  return (
    <div class="plot preview-plot" ref={place} role="img" aria-label={label}>
      <div class="preview-field">
        {to > from && (
          <>
            <PlotBars
              bars={bars.map(({ start, end, total }) => ({ start, end, values: [total] }))}
              series={RECORDS}
              most={Math.max(1, ...bars.map(({ total }) => total))}
              from={from}
              to={to}
              shown={null}
            />
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              {firings.map((firing) => {
                const x = xOf(firing.from);
                const wide = Math.max(xOf(firing.to) - x, BAND_WIDTH_MIN);
                return (
                  <g key={firing.from} class="preview-firing">
                    <rect x={x} width={wide} y={0} height={HEIGHT} />
                    <rect class="preview-firing-top" x={x} width={wide} y={0} height={4} />
                  </g>
                );
              })}
              {threshold !== null && (
                <line class="preview-threshold" x1={0} x2={WIDTH} y1={yOf(threshold)} y2={yOf(threshold)} />
              )}
              <path
                class="preview-value"
                d={linePath(values.map(({ at, value }) => [xOf(at), value === null ? null : yOf(value)]))}
              />
            </svg>
          </>
        )}
      </div>
      <PlotAxis from={from} to={to} width={width.value} />
    </div>
  );
}

/** A line through points; where one has no height, it is interrupted. */
const linePath = (points: readonly (readonly [x: number, y: number | null])[]): string =>
  points
    .flatMap(([x, y], place) =>
      y === null ? [] : [`${points[place - 1]?.[1] == null ? 'M' : 'L'}${x} ${y.toFixed(1)}`],
    )
    .join('');
