import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { countText } from '../../text/number.ts';
import type { Run } from './run-filter.ts';
import { RunRow } from './run-row.tsx';

const STEP = 200;

/** Runs under a heading. Of very many, the first. */
export function RunList({ title, runs }: { title: string; runs: readonly Run[] }) {
  const limit = useSignal(STEP);
  const heading = useId();
  const hidden = runs.length - limit.value;
  return (
    <section class="run-list" aria-labelledby={heading}>
      <h2 id={heading}>
        {title} <span class="quiet">{countText(runs.length)}</span>
      </h2>
      <ul>
        {runs.slice(0, limit.value).map((run) => (
          <RunRow key={run.pipelineId} run={run} />
        ))}
      </ul>
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => {
            limit.value += STEP;
          }}
        >
          Show {Math.min(hidden, STEP)} more
        </button>
      )}
    </section>
  );
}
