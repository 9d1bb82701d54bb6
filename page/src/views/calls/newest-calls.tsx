import { NewestCallsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { useResource } from '../../state/resource.ts';
import { refresh, refreshes, time } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { durationText } from '../../text/duration.ts';
import { countText, usdText } from '../../text/number.ts';
import { CallTable } from './call-table.tsx';
import { type Call, callFilter } from './calls.ts';

/** Single calls, the newest first. Each opens with what was asked and answered. */
export function NewestCalls() {
  const answer = useResource(NewestCallsDocument, () => {
    refreshes.value;
    return { filter: callFilter.value, time: time.value };
  });
  const { data, error } = answer.value;
  if (error) return <ErrorNote title="The calls could not be read" message={error.message} onRetry={refresh} />;
  const calls = data?.logs?.nodes ?? [];
  if (calls.length === 0) return null;
  return (
    <section aria-label="Newest calls">
      <h2>Newest calls</h2>
      <CallTable
        label="Calls"
        columns={['Time', 'Model', 'Operation', 'Service', 'Sent', 'Answered', 'Cost', 'Latency']}
      >
        {calls.map((call) => (
          <CallRow key={call.id} call={call} />
        ))}
      </CallTable>
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
