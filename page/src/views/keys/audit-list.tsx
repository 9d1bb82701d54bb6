import { useSignal } from '@preact/signals';
import { AuditDocument } from '../../api/documents.ts';
import type { Json } from '../../api/json.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { useResource } from '../../state/resource.ts';
import { refresh, refreshes } from '../../state/search.ts';
import { shownTime } from '../../state/zone.ts';

/** Events that are shown at first, and that each "Show more" adds. */
const STEP = 20;
const SHOWN_MAX = 500;

/** What the holders of ADMIN keys did, the newest first. */
export function AuditList() {
  const shown = useSignal(STEP);
  const audit = useResource(AuditDocument, () => {
    refreshes.value;
    return { first: shown.value };
  });
  const { data, error } = audit.value;
  if (error) return <ErrorNote title="The audit log could not be read" message={error.message} onRetry={refresh} />;
  const events = data?.auditEvents;
  if (!events || events.edges.length === 0) return null;
  return (
    <>
      <h2>What was done</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
      <section class="keys-table" aria-label="What was done" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {['When', 'What', 'With the key', 'From', 'Details'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {events.edges.map(({ cursor, node: { at, action, keyName, keyPrefix, address, details } }) => (
              <tr key={cursor}>
                <td>{shownTime(at).slice(0, 19)}</td>
                <td>{action}</td>
                <td>
                  {keyName ?? 'none'} {keyPrefix && <code class="quiet">{keyPrefix}...</code>}
                </td>
                <td>{address ?? 'the server itself'}</td>
                <td>
                  <code class="audit-details">{shownDetails(details)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {events.pageInfo.hasNextPage && shown.value < SHOWN_MAX && (
        <button
          type="button"
          onClick={() => {
            shown.value += STEP;
          }}
        >
          Show more
        </button>
      )}
    </>
  );
}

/** `name=billing rights=["INGEST"]`, without ids and what is null. */
const shownDetails = (details: Json): string =>
  Object.entries(details ?? {})
    .filter(([name, value]) => name !== 'id' && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
