import { type ChainSummaryFragment, ChainsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { usePages } from '../../state/pages.ts';
import { filter, query, refreshes, time } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { durationText } from '../../text/duration.ts';
import { firstLine } from '../../text/first-line.ts';
import { counted } from '../../text/number.ts';

const PAGE = 50;

/** The chains with a record that matches the search of the page, the newest first. */
export function ChainList() {
  const { pages, more } = usePages(
    ChainsDocument,
    () => {
      refreshes.value;
      return { filter: filter.value, time: time.value ?? {}, first: PAGE };
    },
    ({ correlations }) => correlations,
  );
  const { items, nextCursor, loading, error } = pages.value;
  return (
    <section class="chain-list" aria-label="Chains">
      <p class="quiet">
        {query.value.trim() === ''
          ? 'The newest chains'
          : `The newest chains with a record that matches ${query.value}`}
      </p>
      <ul>
        {items.map((chain) => (
          <li key={chain.correlationId}>
            <ChainLine chain={chain} />
          </li>
        ))}
      </ul>
      {error && <ErrorNote title="These chains could not be read" message={error.message} onRetry={more} />}
      {loading && <p class="quiet">Loading ...</p>}
      {!loading && !error && items.length === 0 && <p>No record in this range has a correlation id.</p>}
      {nextCursor !== null && (
        <button type="button" onClick={more} disabled={loading}>
          Show more
        </button>
      )}
    </section>
  );
}

function ChainLine({ chain }: { chain: ChainSummaryFragment }) {
  const { correlationId, startedAt, durationMs, logCount, errorCount, services, firstError } = chain;
  return (
    <Link class="chain-line" href={urlWith({ chain: correlationId })}>
      <span class="mono">{shownTime(startedAt)}</span>
      <span class="mono chain-id">{firstLine(correlationId)}</span>
      <span class="quiet">
        {durationText(durationMs)}, {counted(logCount, 'record')}, {services.slice(0, 5).map(firstLine).join(', ')}
      </span>
      {firstError && (
        <span class="chain-error">
          {counted(errorCount, 'error')}: {firstLine(firstError.message)}
        </span>
      )}
    </Link>
  );
}
