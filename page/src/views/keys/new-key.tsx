import type { KeyFragment } from '../../api/documents.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';

export interface Made {
  key: string;
  apiKey: KeyFragment;
}

/** A key that was just made. Only here it can be seen. */
export function NewKey({ made: { key, apiKey }, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Dialog title={`The key ${apiKey.name}`} onClose={onClose} isKept>
      <p>Keep it now: it is shown only once, and the server stores only its hash.</p>
      <code class="key-text">{key}</code>
      <div class="dialog-buttons">
        <CopyButton text={key} label="Copy the key" />
        <button type="button" class="primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}
