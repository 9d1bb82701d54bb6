import { ChainDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { useResource } from '../../state/resource.ts';
import { refresh, refreshes } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { countText } from '../../text/number.ts';
import { ChainHead } from './chain-head.tsx';
import { recordsOfChain } from './records-of-chain.ts';
import { WaterfallTable } from './waterfall-table.tsx';

/** What one answer has at most. The rest of a longer chain is a link away. */
const STEPS_MAX = 1000;
const TIMED_MAX = 500;

export function Chain({ id }: { id: string }) {
  const answer = useResource(ChainDocument, () => {
    refreshes.value;
    return { id, steps: STEPS_MAX, timed: TIMED_MAX };
  });
  const { data, error } = answer.value;
  if (error) return <ErrorNote title="This chain could not be read" message={error.message} onRetry={refresh} />;
  if (!data) return <p class="quiet">Loading ...</p>;
  const chain = data.correlation;
  if (!chain) return <p>No record has this correlation id. Records are deleted at the end of the retention period.</p>;
  const steps = chain.steps ?? [];
  const shown = steps.reduce((sum, { logCount }) => sum + logCount, 0);
  const timed = [chain.ended, chain.spans];
  const drawn = timed.reduce((sum, records) => sum + (records?.nodes.length ?? 0), 0);
  return (
    <>
      <ChainHead chain={chain} />
      <WaterfallTable
        id={id}
        steps={steps}
        ended={chain.ended?.nodes ?? []}
        spans={chain.spans?.nodes ?? []}
        firstError={chain.firstError}
      />
      {shown < chain.logCount && (
        <p class="quiet">
          These are the first {countText(steps.length)} steps, with {countText(shown)} of {countText(chain.logCount)}{' '}
          records. <Link href={urlWith(recordsOfChain(id))}>Show all as records</Link>
        </p>
      )}
      {timed.some((records) => records?.pageInfo.hasNextPage) && (
        <p class="quiet">Of the records with a duration, the first {countText(drawn)} have a bar of their own.</p>
      )}
    </>
  );
}
