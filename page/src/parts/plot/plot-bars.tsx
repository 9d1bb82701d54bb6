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

/** The bars themselves, each as wide as its time: a day may have 23 hours. One path a series: an element for each part is slow to lay out. */
export function PlotBars({ bars, series, most, from, to, shown }: Props) {
  const xOf = (time: string): number => Math.round((WIDTH * (Date.parse(time) - from)) / (to - from));
  const drawn = bars.map(({ start, end, values, marked }) => {
    const [left, right] = [xOf(start), xOf(end)];
    const inner = { x: left + ((right - left) * GAP) / 2, width: (right - left) * (1 - GAP) };
    return { left, right, inner, parts: stacked(values, most), marked };
  });
  const marks = drawn.filter(({ marked }) => marked).map(({ inner }) => box({ ...inner, y: HEIGHT - 1, height: 3 }));
  const [first, last] = shown ? [drawn[shown.first]!, drawn[shown.last]!] : [];
  return (
    <svg class="plot-bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {first && last && (
        <rect class="plot-shown" x={first.left} width={last.right - first.left} y={0} height={HEIGHT} />
      )}
      {series.map(({ colour }, place) => (
        <path
          key={place}
          d={drawn.map(({ inner, parts }) => box({ ...inner, ...parts[place]! })).join('')}
          style={{ fill: colour }}
        />
      ))}
      {marks.length > 0 && <path class="plot-mark" d={marks.join('')} />}
    </svg>
  );
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A rectangle as a part of a path. */
const box = ({ x, y, width, height }: Box): string => (height > 0 ? `M${x} ${y}h${width}v${height}h${-width}z` : '');

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
