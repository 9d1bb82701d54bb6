import { useSignal } from '@preact/signals';
import type { ChainRecordFragment } from '../../api/documents.ts';
import { durationText } from '../../text/duration.ts';
import { type Extent, lengthOf } from '../../text/extent.ts';
import { firstLine } from '../../text/first-line.ts';
import { counted, countText } from '../../text/number.ts';
import type { Bar as ChainBar, StepRow, Waterfall } from '../../text/waterfall.ts';
import { callText } from './call-text.ts';
import { StepRecords } from './step-records.tsx';
import { Bar, barKind } from './track.tsx';

/** What the lines of a chain need of it. */
export interface ShownChain extends Waterfall<ChainRecordFragment> {
  id: string;
  /** The records whose time is their start. */
  spanIds: ReadonlySet<string>;
}

interface Props {
  chain: ShownChain;
  row: StepRow<ChainRecordFragment>;
  shown: Extent;
}

/** One step; its records unfold below it. */
export function StepLines({ chain, row, shown }: Props) {
  const isOpen = useSignal(false);
  const { step, bars } = row;
  const calls = bars.filter(({ record }) => record.llm !== null);
  return (
    <tbody class={row.hasFirstError ? 'first-error' : undefined}>
      <tr>
        <th scope="row">
          <button
            type="button"
            class="plain step-name"
            aria-expanded={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          >
            <span aria-hidden="true">{isOpen.value ? '▾' : '▸'}</span> {firstLine(step.service)}
            {step.component !== null && <span class="quiet"> {firstLine(step.component)}</span>}
          </button>{' '}
          {row.hasFirstError && <span class="badge error">first error</span>}{' '}
          {!row.hasFirstError && step.errorCount > 0 && (
            <span class="badge error">{counted(step.errorCount, 'error')}</span>
          )}
          {calls.map(({ record }) => (
            <div key={record.id} class="quiet call-text">
              {callText(record)}
            </div>
          ))}
        </th>
        <td class="number wide-only">{countText(step.logCount)}</td>
        <td class="number wide-only">{durationText(row.from / 1000)}</td>
        <td class="number">{tookText(row, bars)}</td>
        <td class="track">
          <Bar extent={row} shown={shown} kind={step.highestLevel.toLowerCase()} />
          {bars.map((bar) => (
            <Bar key={bar.record.id} extent={bar} shown={shown} kind={barKind(bar.record)} title={barTitle(bar)} />
          ))}
        </td>
      </tr>
      {isOpen.value && <StepRecords chain={chain} row={row} shown={shown} />}
    </tbody>
  );
}

const barTitle = ({ record }: ChainBar<ChainRecordFragment>): string =>
  `${durationText(record.durationMs ?? 0)}: ${firstLine(record.message)}`;

/** From the first to the last of a step, with what began before its record. */
function tookText(row: Extent, bars: readonly Extent[]): string {
  const from = bars.reduce((least, bar) => Math.min(least, bar.from), row.from);
  const to = bars.reduce((most, bar) => Math.max(most, bar.to), row.to);
  return lengthOf({ from, to }) === 0 ? '' : durationText(lengthOf({ from, to }) / 1000);
}
