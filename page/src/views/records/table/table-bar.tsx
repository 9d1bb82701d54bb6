import { useSignal } from '@preact/signals';
import { isDense, wraps } from '../../../state/table-settings.ts';
import { AddColumn } from './add-column.tsx';

/** How the table shows its records. */
export function TableBar() {
  const choosesColumns = useSignal(false);
  return (
    <div class="table-bar">
      <button
        type="button"
        class="plain"
        onClick={() => {
          choosesColumns.value = true;
        }}
      >
        Columns
      </button>
      <button
        type="button"
        class="plain"
        aria-pressed={wraps.value}
        onClick={() => {
          wraps.value = !wraps.value;
        }}
      >
        Wrap
      </button>
      <button
        type="button"
        class="plain"
        aria-pressed={isDense.value}
        onClick={() => {
          isDense.value = !isDense.value;
        }}
      >
        Dense
      </button>
      {choosesColumns.value && (
        <AddColumn
          onClose={() => {
            choosesColumns.value = false;
          }}
        />
      )}
    </div>
  );
}
