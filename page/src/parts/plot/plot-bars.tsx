import { type PlotBar, type Selected, type Series, sum } from './plot-values.ts';

interface Props {
  bars: readonly PlotBar[];
  series: readonly Series[];
  /** The value of a bar that is as high as the plot. */
  most: number;
  from: number;
  to: number;
  /** Bars that are chosen, or under the mouse. */
  shown: Selected | null;
}

/** Units of the drawing: the browser stretches it to the size of its place. */
const [WIDTH, HEIGHT] = [10_000, 100];
/** What is not 0 is seen: about 2 pixels. */
const LOWEST = 2;
const GAP = 0.12;

/** The bars themselves, each as wide as its time: a day may have 23 hours. */
export function PlotBars({ bars, series, most, from, to, shown }: Props) {
  const xOf = (time: string): number => (WIDTH * (Date.parse(time) - from)) / (to - from);
  return (
    <svg class="plot-bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {bars.map((bar, index) => {
        const [left, right] = [xOf(bar.start), xOf(bar.end)];
        const isShown = shown !== null && index >= shown.first && index <= shown.last;
        const inner = { x: left + ((right - left) * GAP) / 2, width: (right - left) * (1 - GAP) };
        return (
          <g key={bar.start}>
            {isShown && <rect class="plot-shown" x={left} width={right - left} y={0} height={HEIGHT} />}
            {stacked(bar.values, most).map(
              ({ y, height }, place) =>
                height > 0 && (
                  <rect key={place} {...inner} y={y} height={height} style={{ fill: series[place]!.colour }} />
                ),
            )}
            {bar.marked && <rect class="plot-mark" {...inner} y={HEIGHT - 1} height={3} />}
          </g>
        );
      })}
    </svg>
  );
}

/** Where the parts of a bar lie, from the ground up. A bar that is too low is drawn higher, and its parts with it. */
function stacked(values: readonly number[], most: number): { y: number; height: number }[] {
  const total = sum(values);
  const scale = total === 0 ? 0 : Math.max(total / most, LOWEST / HEIGHT) / total;
  let y = HEIGHT;
  return values.map((value) => {
    const height = value * scale * HEIGHT;
    y -= height;
    return { y, height };
  });
}
