import { durationText } from '../../text/duration.ts';
import type { Extent } from '../../text/extent.ts';
import type { GapRow } from '../../text/waterfall.ts';
import { Bar } from './track.tsx';

/** A time in which nothing was recorded. Often it is what one looks for. */
export function GapLine({ gap, shown }: { gap: GapRow; shown: Extent }) {
  return (
    <tbody>
      <tr class="gap">
        <th scope="row" class="quiet">
          no record
        </th>
        <td class="number wide-only" />
        <td class="number wide-only">{durationText(gap.from / 1000)}</td>
        <td class="number">{durationText(gap.ms)}</td>
        <td class="track">
          <Bar extent={gap} shown={shown} kind="gap" />
        </td>
      </tr>
    </tbody>
  );
}
