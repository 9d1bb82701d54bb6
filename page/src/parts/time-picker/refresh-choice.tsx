import { chooseRefresh, REFRESH_CHOICES, refreshEvery } from '../../state/auto-refresh.ts';
import { refresh } from '../../state/search.ts';

const labelOf = (seconds: number): string => {
  if (seconds === 0) return 'Off';
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`;
};

/** Reads everything again: now, and at intervals while the page is seen. */
export function RefreshChoice() {
  return (
    <span class="refresh-choice">
      <button type="button" aria-label="Refresh" title="Refresh" onClick={refresh}>
        ⟳
      </button>
      <select
        aria-label="Refresh automatically"
        title="Refresh automatically"
        value={String(refreshEvery.value)}
        onChange={(event) => chooseRefresh(Number(event.currentTarget.value))}
      >
        {REFRESH_CHOICES.map((seconds) => (
          <option key={seconds} value={String(seconds)}>
            {labelOf(seconds)}
          </option>
        ))}
      </select>
    </span>
  );
}
