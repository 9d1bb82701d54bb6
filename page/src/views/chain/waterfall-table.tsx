import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { ChainQuery, ChainRecordFragment } from '../../api/documents.ts';
import { useShortcuts } from '../../state/shortcuts.ts';
import { durationText } from '../../text/duration.ts';
import { axisMoments, type Extent, placeOf } from '../../text/extent.ts';
import { type GapRow, type StepRow, waterfallOf } from '../../text/waterfall.ts';
import { GapLine } from './gap-line.tsx';
import { Overview } from './overview.tsx';
import { StepLines } from './step-lines.tsx';
import { zoomShortcuts } from './zoom.ts';
import { ZoomButtons } from './zoom-buttons.tsx';
import './waterfall.css';

type Chain = NonNullable<ChainQuery['correlation']>;
type Row = StepRow<ChainRecordFragment> | GapRow;

interface Props {
  id: string;
  steps: NonNullable<Chain['steps']>;
  ended: readonly ChainRecordFragment[];
  spans: readonly ChainRecordFragment[];
  firstError: Chain['firstError'];
}

/** How many rows are drawn at first, and more at each wish. */
const ROWS = 200;
const AXIS_MOMENTS = 5;

/** The steps of a chain below each other, each with its place in time. It is a table: all that is drawn is also written. */
export function WaterfallTable({ id, steps, ended, spans, firstError }: Props) {
  const chain = useMemo(() => waterfallOf(steps, { ended, spans }, firstError), [steps, ended, spans, firstError]);
  const zoom = useSignal<Extent | null>(null);
  const rowsShown = useSignal(ROWS);
  const { whole, rows } = chain;
  useShortcuts(useMemo(() => zoomShortcuts(zoom, whole), [zoom, whole]));
  const shown = zoom.value ?? whole;
  const spanIds = useMemo(() => new Set(spans.map((record) => record.id)), [spans]);
  // Rows outside of what is zoomed to are left out.
  const visible = rows.filter((row) => isIn(row, shown));
  return (
    <section class="waterfall" aria-label="Waterfall">
      <Overview
        rows={rows.filter((row): row is StepRow<ChainRecordFragment> => row.kind === 'step')}
        whole={whole}
        zoom={zoom}
      />
      <ZoomButtons zoom={zoom} whole={whole} />
      <table>
        <caption class="visually-hidden">
          The steps of the chain in order of time: consecutive records of one service and component are a step
        </caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" class="number wide-only">
              Records
            </th>
            <th scope="col" class="number wide-only">
              After
            </th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="track">
              <Axis shown={shown} />
            </th>
          </tr>
        </thead>
        {visible
          .slice(0, rowsShown.value)
          .map((row) =>
            row.kind === 'gap' ? (
              <GapLine key={`gap ${row.from}`} gap={row} shown={shown} />
            ) : (
              <StepLines key={row.index} chain={{ id, ...chain, spanIds }} row={row} shown={shown} />
            ),
          )}
      </table>
      {visible.length > rowsShown.value && <MoreRows rowsShown={rowsShown} of={visible.length} />}
    </section>
  );
}

const isIn = (row: Row, shown: Extent): boolean =>
  placeOf(row, shown) !== null || (row.kind === 'step' && row.bars.some((bar) => placeOf(bar, shown) !== null));

function MoreRows({ rowsShown, of }: { rowsShown: Signal<number>; of: number }) {
  return (
    <button
      type="button"
      onClick={() => {
        rowsShown.value += ROWS;
      }}
    >
      Show more steps: {rowsShown.value} of {of} are shown
    </button>
  );
}

/** Time since the chain began. */
function Axis({ shown }: { shown: Extent }) {
  return (
    <>
      <span class="visually-hidden">Timeline</span>
      <div class="chain-axis" aria-hidden="true">
        {axisMoments(shown, AXIS_MOMENTS).map((at) => (
          <span key={at} style={{ left: `${placeOf({ from: at, to: at }, shown)?.left ?? 0}%` }}>
            {at === 0 ? '0' : durationText(at / 1000)}
          </span>
        ))}
      </div>
    </>
  );
}
