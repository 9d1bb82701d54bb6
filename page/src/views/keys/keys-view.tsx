import { useSignal } from '@preact/signals';
import { type KeyFragment, KeysDocument } from '../../api/documents.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { useResource } from '../../state/resource.ts';
import { refresh, refreshes } from '../../state/search.ts';
import { AuditList } from './audit-list.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyList } from './key-list.tsx';
import { type Made, NewKey } from './new-key.tsx';
import { RevokeKey } from './revoke-key.tsx';
import './keys-view.css';

/** Who may do what: the keys, new ones, and what the holders of ADMIN keys did. */
export default function KeysView() {
  const keys = useResource(KeysDocument, () => {
    refreshes.value;
    return {};
  });
  const isMaking = useSignal(false);
  const made = useSignal<Made | null>(null);
  const toRevoke = useSignal<KeyFragment | null>(null);
  const { data, error } = keys.value;
  return (
    <div class="keys-view">
      <div class="keys-head">
        <h1>Keys</h1>
        {!isMaking.value && (
          <button
            type="button"
            class="primary"
            onClick={() => {
              isMaking.value = true;
            }}
          >
            Make a key
          </button>
        )}
      </div>
      {isMaking.value && (
        <KeyForm
          onMade={(key) => {
            isMaking.value = false;
            made.value = key;
            refresh();
          }}
          onCancel={() => {
            isMaking.value = false;
          }}
        />
      )}
      {error && <ErrorNote title="The keys could not be read" message={error.message} onRetry={refresh} />}
      {data?.apiKeys && (
        <KeyList
          keys={data.apiKeys}
          onRevoke={(key) => {
            toRevoke.value = key;
          }}
        />
      )}
      <AuditList />
      {made.value && (
        <NewKey
          key={made.value.apiKey.id}
          made={made.value}
          onClose={() => {
            made.value = null;
          }}
        />
      )}
      {toRevoke.value && (
        <RevokeKey
          apiKey={toRevoke.value}
          onClose={() => {
            toRevoke.value = null;
          }}
        />
      )}
    </div>
  );
}
