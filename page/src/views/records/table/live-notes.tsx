import type { Live } from './live.ts';
import './live.css';

interface Props {
  live: Live;
  /** Goes to the edge where new records appear. */
  onShow: () => void;
}

/** What the reader must know of records that come in live. */
export function LiveNotes({ live, onShow }: Props) {
  const { waiting, skipped, trouble } = live;
  return (
    <div class="live-notes" aria-live="polite">
      {trouble.value && (
        <p class="live-trouble">
          {trouble.value.message}
          {trouble.value.isOver && (
            <button type="button" onClick={live.restart}>
              Try again
            </button>
          )}
        </p>
      )}
      {skipped.value > 0 && (
        <p>
          {skipped.value.toLocaleString('en')} records were skipped: this browser was too slow for them.{' '}
          <button
            type="button"
            onClick={() => {
              live.restart();
              onShow();
            }}
          >
            Load them
          </button>
        </p>
      )}
      {waiting.value > 0 && (
        <button
          type="button"
          class="primary"
          onClick={() => {
            live.show();
            onShow();
          }}
        >
          {waiting.value.toLocaleString('en')} new
        </button>
      )}
    </div>
  );
}
