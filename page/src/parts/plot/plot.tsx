import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { PlotAxis } from './plot-axis.tsx';
import { PlotBars } from './plot-bars.tsx';
import { PlotTooltip } from './plot-tooltip.tsx';
import { type PlotBar, type Selected, type Series, spanText, sum, valuesOf } from './plot-values.ts';
import { usePlotKeys } from './use-plot-keys.ts';
import { usePlotMouse } from './use-plot-mouse.ts';
import { useWidth } from './use-width.ts';
import './plot.css';

export interface PlotProps {
  /** What it shows: "Records over time". */
  label: string;
  bars: readonly PlotBar[];
  series: readonly Series[];
  /** A value with its unit. */
  show: (value: number) => string;
  /** In place of the sum of the series: where they are not parts of a whole. */
  sumOf?: (bar: number) => string;
  /** A range was chosen: a bar was clicked, bars were dragged over, or Enter was pressed. */
  onRange: (from: string, to: string) => void;
  /** A double click. */
  onBack: () => void;
}

/** Stacked bars over time. A click on one, or a drag over several, chooses their time; the arrow keys and Enter do the same. */
export function Plot(props: PlotProps) {
  const { label, show, sumOf, onRange, onBack } = props;
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const pointed = useSignal<number | null>(null);
  const pressed = useSignal<number | null>(null);
  const selected = useSignal<Selected | null>(null);
  // A drag chooses bars by their places: they stay, also where new numbers come meanwhile.
  const drawn = useRef(props);
  if (pressed.value === null) drawn.current = props;
  const { bars, series } = drawn.current;
  const choose = ({ first, last }: Selected): void => {
    selected.value = null;
    const [from, to] = [bars[first], bars[last]];
    if (from && to) onRange(from.start, to.end);
  };
  const state = { bars, pressed, pointed, selected, choose };
  const keys = usePlotKeys(state);
  const mouse = usePlotMouse({ ...state, place, onBack });
  const first = bars[0];
  if (!first) return <div class="plot" ref={place} />;
  const [from, to] = [Date.parse(first.start), Date.parse(bars.at(-1)!.end)];
  const most = Math.max(0, ...bars.map(({ values }) => sum(values)));
  const range = selected.value ?? (pointed.value === null ? null : { first: pointed.value, last: pointed.value });
  const shown = range && bars[range.last] ? range : null;
  return (
    <div class="plot" ref={place}>
      <div
        class="plot-field"
        role="slider"
        tabIndex={0}
        aria-label={`${label}. Arrow keys move, with Shift they select, Enter shows the time`}
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={shown?.last ?? 0}
        aria-valuetext={shown ? spoken(drawn.current, shown) : 'No bar chosen'}
        {...keys}
        {...mouse}
      >
        <span class="plot-most quiet" aria-hidden="true">
          {most > 0 && show(most)}
        </span>
        <PlotBars bars={bars} series={series} most={most} from={from} to={to} shown={shown} />
      </div>
      <PlotAxis from={from} to={to} width={width.value} />
      {shown && <PlotTooltip {...{ bars, series, show, sumOf }} range={shown} />}
    </div>
  );
}

function spoken({ bars, series, show, sumOf }: PlotProps, range: Selected): string {
  const values = valuesOf(bars, range, series);
  const parts = series.flatMap(({ name }, index) => (values[index]! > 0 ? [`${name} ${show(values[index]!)}`] : []));
  const total = range.first === range.last && sumOf ? sumOf(range.first) : show(sum(values));
  return `${spanText(bars[range.first]!.start, bars[range.last]!.end)}: ${[total, ...parts].join(', ')}`;
}
