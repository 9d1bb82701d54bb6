import { useSignal } from '@preact/signals';
import { ErrorsDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { SearchBar } from '../../parts/search-bar.tsx';
import { useResource } from '../../state/resource.ts';
import { filter, refresh, refreshes, time } from '../../state/search.ts';
import { timeZone } from '../../state/zone.ts';
import { counted } from '../../text/number.ts';
import { ErrorRow } from './error-row.tsx';
import { ORDERS, type Order, sorted } from './order.ts';
import './errors-view.css';

const ERRORS: ReadonlySet<string> = new Set(['ERROR', 'CRITICAL']);

/** Groups at first, and more at each wish. Each costs a statement of its bars: the API has a highest cost. */
const GROUPS = 100;
const GROUPS_MAX = 500;

/** What fails, in groups by error type, service and component. Search and time are those of the records. */
export default function ErrorsView() {
  const order = useSignal<Order>('count');
  const size = useSignal(GROUPS);
  const answer = useResource(ErrorsDocument, () => {
    refreshes.value;
    return { filter: filter.value, time: time.value ?? {}, timeZone: timeZone.value, first: size.value };
  });
  const { data, error, loading } = answer.value;
  const stats = data?.stats;
  const groups = stats?.topErrors ?? [];
  const total = (stats?.byLevel ?? []).reduce((sum, { level, count }) => sum + (ERRORS.has(level) ? count : 0), 0);
  const shown = groups.reduce((sum, { count }) => sum + count, 0);
  return (
    <div class="errors-view">
      <SearchBar />
      {error && <ErrorNote title="The errors could not be read" message={error.message} onRetry={refresh} />}
      {!error && (
        <section aria-label="Errors" aria-busy={loading}>
          <header class="errors-head">
            <strong>
              {stats
                ? `${counted(total, 'error')} in ${shown < total ? 'more than ' : ''}${counted(groups.length, 'group')}`
                : 'Loading ...'}
            </strong>
            {shown < total && <span class="quiet">these have the most records</span>}
            <label>
              <span class="quiet">Order</span>
              <select
                aria-label="Order of the groups"
                value={order.value}
                onChange={(event) => {
                  order.value = event.currentTarget.value as Order;
                }}
              >
                {ORDERS.map(([name, title]) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          </header>
          {stats && groups.length === 0 && <p class="quiet">No record at ERROR or above matches.</p>}
          <ul class="error-groups">
            {sorted(groups, order.value).map((group) => (
              <ErrorRow key={JSON.stringify([group.errorType, group.service, group.component])} group={group} />
            ))}
          </ul>
          {shown < total && (
            <p>
              <span class="quiet">{counted(total - shown, 'error is', 'errors are')} in smaller groups.</span>{' '}
              {size.value < GROUPS_MAX ? (
                <button
                  type="button"
                  disabled={loading}
                  onClick={() => {
                    size.value = Math.min(size.value + GROUPS, GROUPS_MAX);
                  }}
                >
                  More groups
                </button>
              ) : (
                'Narrow the search or its time to see them.'
              )}
            </p>
          )}
        </section>
      )}
    </div>
  );
}
