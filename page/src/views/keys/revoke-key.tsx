import { useSignal } from '@preact/signals';
import { ask } from '../../api/ask.ts';
import { type KeyFragment, RevokeKeyDocument } from '../../api/documents.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { apiError } from '../../state/resource.ts';
import { refresh } from '../../state/search.ts';
import { viewer } from '../../state/viewer.ts';

/** Asks before a key is revoked, and does it. */
export function RevokeKey({ apiKey: { id, name }, onClose }: { apiKey: KeyFragment; onClose: () => void }) {
  const problem = useSignal<string | null>(null);
  const isBusy = useSignal(false);

  async function revoke(): Promise<void> {
    isBusy.value = true;
    problem.value = null;
    try {
      await ask(RevokeKeyDocument, { id });
      onClose();
      refresh();
    } catch (error) {
      problem.value = apiError(error).message;
      isBusy.value = false;
    }
  }

  return (
    <Dialog title={`Revoke the key ${name}?`} onClose={onClose}>
      <p>Within 5 s every server refuses it, and what is open under it ends. This cannot be undone.</p>
      {viewer.value?.name === name && (
        <p>
          <strong>You are signed in with this key.</strong>
        </p>
      )}
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <div class="dialog-buttons">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={isBusy.value} onClick={revoke}>
          Revoke {name}
        </button>
      </div>
    </Dialog>
  );
}
