import { offset } from '../../state/zone.ts';
import { timeTicks } from '../../text/ticks.ts';

interface Props {
  from: number;
  to: number;
  /** Of the plot, in pixels. */
  width: number;
}

/** Room that one label needs, in pixels. */
const TICK_PX = 90;

/** The times below a plot, by the shown clocks. */
export const PlotAxis = ({ from, to, width }: Props) => (
  <div class="plot-axis quiet" aria-hidden="true">
    {timeTicks(from, to, offset.value, Math.floor(width / TICK_PX)).map((tick) => (
      <span key={tick.at} style={{ left: `${(100 * (tick.at - from)) / (to - from)}%` }}>
        {tick.label}
      </span>
    ))}
  </div>
);
