import type { PlotProps } from './plot.tsx';
import { type Selected, spanText, sum, valuesOf } from './plot-values.ts';

interface Props extends Pick<PlotProps, 'bars' | 'series' | 'show' | 'sumOf'> {
  range: Selected;
}

/** The numbers of the chosen bars, beside them. The slider says the same to screen readers. */
export function PlotTooltip({ bars, series, show, sumOf, range }: Props) {
  const values = valuesOf(bars, range, series);
  const middle = (range.first + range.last + 1) / 2 / bars.length;
  const total = range.first === range.last && sumOf ? sumOf(range.first) : show(sum(values));
  return (
    <div
      class="plot-tooltip"
      aria-hidden="true"
      style={middle < 0.5 ? { left: `${100 * middle}%` } : { right: `${100 * (1 - middle)}%` }}
    >
      <div class="quiet">{spanText(bars[range.first]!.start, bars[range.last]!.end)}</div>
      <strong>{total}</strong>
      {series.map(({ name, colour }, index) =>
        values[index]! > 0 ? (
          <div key={name} class="plot-tooltip-row">
            <i class="swatch" style={{ background: colour }} />
            <span>{name}</span>
            <span>{show(values[index]!)}</span>
          </div>
        ) : null,
      )}
    </div>
  );
}
