import { shownTime } from '../../state/zone.ts';
import { isoDurationText } from '../../text/iso-duration.ts';
import { countText } from '../../text/number.ts';
import { isOpen, type Run } from './run-filter.ts';
import './run-progress.css';

/** The bar of a run, and its figures in words. */
export function RunProgress({ run }: { run: Run }) {
  const { progress, status } = run;
  if (!progress) return null;
  const { percentage } = progress;
  return (
    <span class="run-progress">
      <span
        class={`run-bar ${status?.toLowerCase() ?? ''} ${percentage === null ? 'unknown' : ''}`}
        role="progressbar"
        aria-label={`Progress of ${run.name ?? run.pipelineId}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percentage ?? undefined}
      >
        <span style={{ width: `${percentage ?? 100}%` }} />
      </span>
      <span class="run-figures">
        {figuresOf(run).map((figure) => (
          <span key={figure}>{figure}</span>
        ))}
      </span>
    </span>
  );
}

function figuresOf(run: Run): string[] {
  const { processed, failed, total, percentage, ratePerSecond, elapsed, eta, updatedAt } = run.progress!;
  return [
    percentage === null ? '' : `${percentage.toFixed(percentage < 10 ? 1 : 0)} %`,
    total === null ? countText(processed) : `${countText(processed)} of ${countText(total)}`,
    failed > 0 ? `${countText(failed)} failed` : '',
    ratePerSecond !== null && isOpen(run) ? `${shownRate(ratePerSecond)} per second` : '',
    eta !== null && run.status === 'RUNNING' ? `${isoDurationText(eta)} left` : '',
    elapsed === 'PT0S' || run.status === 'RUNNING' ? '' : `took ${isoDurationText(elapsed)}`,
    run.status === 'RUNNING' ? '' : `told last ${shownTime(updatedAt)}`,
  ].filter((text) => text !== '');
}

const shownRate = (rate: number): string =>
  rate >= 100 ? countText(Math.round(rate)) : String(Number(rate.toFixed(2)));
