import { signal } from '@preact/signals';
import { Dialog } from '../../../parts/dialog.tsx';
import { storedSignal } from '../../../state/stored.ts';
import { isWide } from '../../../state/wide.ts';
import { Facets } from './facets.tsx';

/** At the side, where there is room. */
const atSide = storedSignal('fields', true);
/** Over the page, where there is none. */
const isOver = signal(false);

/** Shows and hides the fields with counts. */
export function FieldsButton() {
  const shown = isWide.value ? atSide : isOver;
  return (
    <button
      type="button"
      aria-expanded={shown.value}
      title="Fields with counts"
      onClick={() => {
        shown.value = !shown.value;
      }}
    >
      Fields
    </button>
  );
}

export function FieldsPanel() {
  if (isWide.value) {
    return atSide.value ? (
      <aside class="fields-panel" aria-label="Fields">
        <Facets />
      </aside>
    ) : null;
  }
  if (!isOver.value) return null;
  return (
    <Dialog
      title="Fields"
      class="drawer"
      onClose={() => {
        isOver.value = false;
      }}
    >
      <Facets />
    </Dialog>
  );
}
