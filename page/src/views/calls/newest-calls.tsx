import { NewestCallsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { usePages } from '../../state/pages.ts';
import { refreshes, time } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { durationText } from '../../text/duration.ts';
import { countText, usdText } from '../../text/number.ts';
import { CallTable } from './call-table.tsx';
import { type Call, callFilter } from './calls.ts';

const PAGE = 50;
/** More are not drawn: a narrower search finds them. */
const CALLS_MAX = 1000;

/** Single calls, the newest first, page by page. Each opens with what was asked and answered. */
export function NewestCalls() {
  const { pages, more } = usePages(
    NewestCallsDocument,
    () => {
      refreshes.value;
      return { filter: callFilter.value, time: time.value, first: PAGE };
    },
    ({ logs }) => logs,
  );
  const { items: calls, nextCursor, loading, error } = pages.value;
  if (calls.length === 0 && !error) return null;
  return (
    <section aria-label="Newest calls" aria-busy={loading}>
      <h2>Newest calls</h2>
      {calls.length > 0 && (
        <CallTable
          label="Calls"
          columns={['Time', 'Model', 'Operation', 'Service', 'Sent', 'Answered', 'Cost', 'Latency']}
        >
          {calls.map((call) => (
            <CallRow key={call.id} call={call} />
          ))}
        </CallTable>
      )}
      {error && <ErrorNote title="The calls could not be read" message={error.message} onRetry={more} />}
      {nextCursor !== null && !error && (
        <p>
          <span class="quiet">These are the newest {countText(calls.length)} calls that match.</span>{' '}
          {calls.length < CALLS_MAX ? (
            <button type="button" onClick={more} disabled={loading}>
              More calls
            </button>
          ) : (
            'Narrow the search or its time to see others.'
          )}
        </p>
      )}
    </section>
  );
}

function CallRow({ call: { id, timestamp, service, durationMs, llm } }: { call: Call }) {
  const numbers = [llm?.inputTokens, llm?.outputTokens].map((tokens) => (tokens == null ? '' : countText(tokens)));
  return (
    <tr>
      <th scope="row">
        <Link href={urlWith({ record: id })}>{shownTime(timestamp)}</Link>
      </th>
      <td>{llm?.responseModel ?? llm?.requestModel}</td>
      <td>{llm?.operation}</td>
      <td>{service}</td>
      <td>{numbers[0]}</td>
      <td>{numbers[1]}</td>
      <td>{llm?.costUsd == null ? '' : usdText(llm.costUsd)}</td>
      <td>{durationMs === null ? '' : durationText(durationMs)}</td>
    </tr>
  );
}
