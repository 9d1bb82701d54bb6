import { askInTurn } from '../../../api/ask-in-turn.ts';
import { CountAllDocument, NewestDocument } from '../../../api/documents.ts';
import { useResource } from '../../../state/resource.ts';
import { filter, query, refreshes, search, showLast, time } from '../../../state/search.ts';
import { shownTime } from '../../../state/zone.ts';
import { queryTerms, replaceTerm } from '../../../text/query-terms.ts';
import { ALL_TIME } from '../../../text/time-text.ts';

/** No record matches the search: what was searched, and what else there is. */
export function NoMatch() {
  return (
    <section class="nothing" aria-labelledby="no-match">
      <h2 id="no-match">No record matches</h2>
      <p>
        {query.value.trim() === '' ? (
          'There is no record'
        ) : (
          <>
            Nothing was found for <code>{query.value}</code>
          </>
        )}{' '}
        {rangeText()}.
      </p>
      {time.value !== null && <OtherTimes />}
      <FewerTerms />
    </section>
  );
}

function rangeText(): string {
  const range = time.value;
  if (range === null) return 'at any time';
  if (range.last) return `in the last ${range.last}`;
  const ends = [range.from && `from ${shownTime(range.from)}`, range.to && `to ${shownTime(range.to)}`];
  return ends.filter((end) => end).join(' ');
}

/** Records of other times that match. */
function OtherTimes() {
  const newest = useResource(NewestDocument, () => {
    refreshes.value;
    return { filter: filter.value };
  });
  const total = useResource(
    CountAllDocument,
    () => (newest.value.data?.logs?.nodes.length ? { filter: filter.value, time: {} } : null),
    askInTurn,
  );
  const at = newest.value.data?.logs?.nodes[0]?.timestamp;
  if (newest.value.loading || newest.value.error) return null;
  if (at === undefined) return <p>No record of any time matches it either.</p>;
  const count = total.value.data?.stats?.total;
  return (
    <p>
      {count === undefined ? 'Records' : `${count.toLocaleString()} ${count === 1 ? 'record' : 'records'}`} of other
      times
      {count === 1 ? ' matches' : ' match'}, the newest of {shownTime(at)}.{' '}
      <button type="button" class="primary" onClick={() => showLast(ALL_TIME)}>
        Show all time
      </button>
    </p>
  );
}

/** With every term that is removed, more records match. */
function FewerTerms() {
  const terms = queryTerms(query.value) ?? [];
  if (terms.length === 0) return null;
  return (
    <div class="fewer-terms">
      {terms.length > 1 &&
        terms.map((term) => (
          <button key={term.start} type="button" onClick={() => search(replaceTerm(query.value, term, ''))}>
            Without <code>{term.text}</code>
          </button>
        ))}
      <button type="button" onClick={() => search('')}>
        Clear the search
      </button>
    </div>
  );
}
