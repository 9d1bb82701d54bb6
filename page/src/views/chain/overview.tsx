import { useSignal } from '@preact/signals';
import type { ChainRecordFragment } from '../../api/documents.ts';
import { between, type Extent, lengthOf, placeOf } from '../../text/extent.ts';
import { firstLine } from '../../text/first-line.ts';
import type { StepRow } from '../../text/waterfall.ts';
import { Bar, barKind } from './track.tsx';
import type { Zoom } from './zoom.ts';

/** More services share the last lane. */
const LANES_MAX = 12;
/** A shorter drag is a click. */
const DRAG_MIN_PX = 4;

interface Props {
  rows: readonly StepRow<ChainRecordFragment>[];
  whole: Extent;
  zoom: Zoom;
}

/** The whole chain: a lane for each service. A drag over it zooms. The table below says the same in words. */
export function Overview({ rows, whole, zoom }: Props) {
  const drag = useSignal<{ start: number; end: number } | null>(null);
  const services = [...new Set(rows.map(({ step }) => step.service))];
  const lanes = services.slice(0, LANES_MAX);
  const laneOf = (service: string): number => Math.min(services.indexOf(service), LANES_MAX - 1);
  const momentAt = (event: PointerEvent): number => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - left) / width, 0), 1);
    return whole.from + lengthOf(whole) * part;
  };
  const marked = drag.value ? between(drag.value.start, drag.value.end, whole) : zoom.value;
  const place = marked && placeOf(marked, whole);
  return (
    <div class="overview" aria-hidden="true">
      <div class="overview-names">
        {lanes.map((service, index) => (
          <span key={service}>
            {index === LANES_MAX - 1 && services.length > LANES_MAX
              ? `${services.length - index} more`
              : firstLine(service)}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: buttons and keys do the same */}
      <div
        class="overview-lanes"
        onPointerDown={(event) => {
          if (event.button !== 0 || lengthOf(whole) === 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = momentAt(event);
          drag.value = { start: at, end: at };
        }}
        onPointerMove={(event) => {
          if (drag.value) drag.value = { ...drag.value, end: momentAt(event) };
        }}
        onPointerUp={(event) => {
          if (!drag.value) return;
          const { start } = drag.value;
          const end = momentAt(event);
          drag.value = null;
          const pixels = (Math.abs(end - start) / lengthOf(whole)) * event.currentTarget.clientWidth;
          if (pixels >= DRAG_MIN_PX) zoom.value = between(start, end, whole);
        }}
        onPointerCancel={() => {
          drag.value = null;
        }}
        onDblClick={() => {
          zoom.value = null;
        }}
      >
        {lanes.map((service, lane) => (
          <div key={service} class="lane">
            {rows
              .filter(({ step }) => laneOf(step.service) === lane)
              .flatMap((row) => [
                ...row.bars.map((bar) => (
                  <Bar key={bar.record.id} extent={bar} shown={whole} kind={barKind(bar.record)} />
                )),
                <Bar key={row.index} extent={row} shown={whole} kind={row.step.highestLevel.toLowerCase()} />,
              ])}
          </div>
        ))}
        {place && <div class="overview-marked" style={{ left: `${place.left}%`, width: `${place.width}%` }} />}
      </div>
    </div>
  );
}
