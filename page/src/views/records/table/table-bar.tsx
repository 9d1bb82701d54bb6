import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { isDense, wraps } from '../../../state/table-settings.ts';
import { AddColumn } from './add-column.tsx';
import { isLive } from './order.ts';
import { toggleLive } from './use-live.ts';

/** How the table shows its records. */
export function TableBar({ children }: { children: ComponentChildren }) {
  const choosesColumns = useSignal(false);
  return (
    <div class="table-bar">
      <button
        type="button"
        class="plain live-button"
        aria-pressed={isLive.value}
        title="New records appear at the top (l)"
        onClick={toggleLive}
      >
        Live
      </button>
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
      {children}
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
