import { ask } from '../../api/ask.ts';
import { type KeyFragment, RevokeKeyDocument } from '../../api/documents.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { refresh } from '../../state/search.ts';
import { viewer } from '../../state/viewer.ts';

/** Asks before a key is revoked, and does it. */
export function RevokeKey({ apiKey: { id, name }, onClose }: { apiKey: KeyFragment; onClose: () => void }) {
  async function revoke(): Promise<void> {
    await ask(RevokeKeyDocument, { id });
    refresh();
  }

  return (
    <Confirm title={`Revoke the key ${name}?`} action={`Revoke ${name}`} run={revoke} onClose={onClose}>
      <p>Within 5 s every server refuses it, and what is open under it ends. This cannot be undone.</p>
      {viewer.value?.name === name && (
        <p>
          <strong>You are signed in with this key.</strong>
        </p>
      )}
    </Confirm>
  );
}
