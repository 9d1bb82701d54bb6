import { type ChainRecordFragment, StepRecordsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { usePages } from '../../state/pages.ts';
import { urlWith } from '../../state/url.ts';
import { durationText } from '../../text/duration.ts';
import { type Extent, timeOfMicros } from '../../text/extent.ts';
import { firstLine } from '../../text/first-line.ts';
import { extentOf, isGap, type StepRow } from '../../text/waterfall.ts';
import { callText } from './call-text.ts';
import { recordsOfChain } from './records-of-chain.ts';
import type { ShownChain } from './step-lines.tsx';
import { Bar } from './track.tsx';

const PAGE = 100;
const COLUMNS = 5;

interface Props {
  chain: ShownChain;
  row: StepRow<ChainRecordFragment>;
  shown: Extent;
}

/** The records of a step, oldest first, page by page. */
export function StepRecords({ chain, row, shown }: Props) {
  const { service, component } = row.step;
  const { pages, more } = usePages(
    StepRecordsDocument,
    () => ({
      filter: {
        correlationIds: [chain.id],
        services: [service],
        ...(component === null ? { not: { query: 'component:*' } } : { components: [component] }),
      },
      // Its end is exclusive.
      time: { from: timeOfMicros(chain.origin + row.from), to: timeOfMicros(chain.origin + row.to + 1) },
      first: PAGE,
    }),
    ({ logs }) => logs,
  );
  const { items, nextCursor, loading, error } = pages.value;
  const extents = items.map((record) => extentOf(record, chain.spanIds.has(record.id), chain.origin));
  const moments = items.map(({ timestamp }) => extentOf({ timestamp, durationMs: 0 }, false, chain.origin).from);
  return (
    <>
      {items.map((record, index) => (
        <RecordLine
          key={record.id}
          id={chain.id}
          record={record}
          extent={extents[index]!}
          at={moments[index]!}
          waited={isGap((moments[index]! - (moments[index - 1] ?? moments[index]!)) / 1000, chain.whole)}
          shown={shown}
        />
      ))}
      {(loading || error || nextCursor !== null) && (
        <tr>
          <td colSpan={COLUMNS}>
            {error && <ErrorNote title="These records could not be read" message={error.message} onRetry={more} />}
            {loading && <span class="quiet">Loading ...</span>}
            {!loading && !error && (
              <button type="button" onClick={more}>
                More records of this step
              </button>
            )}
          </td>
        </tr>
      )}
    </>
  );
}

interface LineProps {
  id: string;
  record: ChainRecordFragment;
  extent: Extent;
  at: number;
  /** A gap is before it. */
  waited: boolean;
  shown: Extent;
}

function RecordLine({ id, record, extent, at, waited, shown }: LineProps) {
  const level = record.level.toLowerCase();
  const call = callText(record);
  return (
    <tr class={`record ${waited ? 'waited' : ''}`}>
      <th scope="row" class="mono">
        <span class={`level ${level}`}>{record.level}</span>{' '}
        <Link href={urlWith(recordsOfChain(id, record.id))}>{firstLine(record.message) || '(no message)'}</Link>
        {call !== '' && <div class="quiet call-text">{call}</div>}
      </th>
      <td class="wide-only" />
      <td class="number wide-only">{durationText(at / 1000)}</td>
      <td class="number">{record.durationMs === null ? '' : durationText(record.durationMs)}</td>
      <td class="track">
        <Bar extent={extent} shown={shown} kind={record.llm === null ? level : 'call'} />
      </td>
    </tr>
  );
}
