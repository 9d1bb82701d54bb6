import { useSignal } from '@preact/signals';
import { CallGroupsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { useResource } from '../../state/resource.ts';
import { filter, query, refresh, refreshes, time } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { durationText } from '../../text/duration.ts';
import { fieldRef } from '../../text/field-name.ts';
import { countText, shortCount } from '../../text/number.ts';
import { withTerm, withText } from '../../text/query-terms.ts';
import { CallTable } from './call-table.tsx';
import { costText } from './calls.ts';

const FIELDS = [
  'llm.model',
  'service',
  'userId',
  'llm.conversationId',
  'llm.provider',
  'llm.operation',
  'environment',
  'component',
  'errorType',
] as const;

/** The calls by the values of a field, the dearest first. A value leads to its records. */
export function CallGroups() {
  const by = useSignal<string>('llm.model');
  const answer = useResource(CallGroupsDocument, () => {
    refreshes.value;
    return { filter: filter.value, time: time.value ?? {}, by: fieldRef(by.value)! };
  });
  const { data, error } = answer.value;
  if (error) return <ErrorNote title="The groups could not be read" message={error.message} onRetry={refresh} />;
  return (
    <section aria-label="Calls by field">
      <h2>
        By{' '}
        <select
          aria-label="Group the calls by"
          value={by.value}
          onChange={(event) => {
            by.value = event.currentTarget.value;
          }}
        >
          {FIELDS.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </h2>
      {data && (
        <CallTable
          label="Groups of calls"
          columns={[by.value, 'Cost', 'Calls', 'Errors', 'Sent', 'Answered', 'Median', '95%']}
        >
          {data.llmStats?.groups?.map(({ value, totals, durations }) => (
            <tr key={value}>
              <th scope="row">
                <Link
                  href={urlWith({
                    view: undefined,
                    record: undefined,
                    q: withText(withTerm(query.value, by.value, value), 'llm:*'),
                  })}
                >
                  {value ?? 'no value'}
                </Link>
              </th>
              <td>{costText(totals)}</td>
              <td>{countText(totals.calls)}</td>
              <td>{countText(totals.errors)}</td>
              <td>{shortCount(totals.inputTokens)}</td>
              <td>{shortCount(totals.outputTokens)}</td>
              <td>{durations?.p50 == null ? '' : durationText(durations.p50)}</td>
              <td>{durations?.p95 == null ? '' : durationText(durations.p95)}</td>
            </tr>
          ))}
        </CallTable>
      )}
    </section>
  );
}
