import { HealthDocument, StorageDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { usePolled } from '../../state/polled.ts';
import { refreshes } from '../../state/search.ts';
import { Components } from './components.tsx';
import { Overall } from './overall.tsx';
import { Problems } from './problems.tsx';
import { Storage } from './storage.tsx';
import { Writers } from './writers.tsx';
import './health-view.css';

const HEALTH_MS = 3000;
/** It reads the sizes of all tables. */
const STORAGE_MS = 20_000;

/** No variables: asked again at a refresh. */
function askedNow(): Record<string, never> {
  refreshes.value;
  return {};
}

/** The state of the server that serves this page, what is wrong and what to do, live. */
export default function HealthView() {
  const asked = usePolled(HealthDocument, askedNow, () => HEALTH_MS);
  const stored = usePolled(StorageDocument, askedNow, () => STORAGE_MS);
  const { data, error, loading } = asked.value;
  const health = data?.health;
  return (
    <div class="health-view">
      <h1 class="visually-hidden">Health</h1>
      {error && (
        <ErrorNote
          title={
            health
              ? 'The state of the server is not known now: what follows is older'
              : 'The state of the server is not known'
          }
          message={error.message}
        />
      )}
      {loading && !data && <p class="quiet">Loading ...</p>}
      {health && (
        <>
          <Overall health={health} />
          <Problems problems={health.problems} />
          <Components health={health} />
          <Writers writers={health.workers} />
        </>
      )}
      {stored.value.error && (
        <ErrorNote title="What is stored could not be read" message={stored.value.error.message} />
      )}
      {stored.value.data?.storage && <Storage storage={stored.value.data.storage} />}
    </div>
  );
}
