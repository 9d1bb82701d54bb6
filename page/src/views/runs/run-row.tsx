import { Link } from '../../parts/link.tsx';
import { urlValue, urlWith } from '../../state/url.ts';
import { isOpen, type Run } from './run-filter.ts';
import { RunProgress } from './run-progress.tsx';
import { RunStatusBadge } from './run-status-badge.tsx';

const openId = urlValue('run');

/** One run: a link that opens it. */
export function RunRow({ run }: { run: Run }) {
  const { pipelineId, name, service, progress } = run;
  return (
    <li>
      <Link
        class="run-row"
        href={urlWith({ run: pipelineId })}
        aria-current={openId.value === pipelineId ? 'true' : undefined}
      >
        <span class="run-head">
          <RunStatusBadge status={run.status} />
          <strong>{name ?? pipelineId}</strong>
          {name !== null && <span class="quiet mono run-id">{pipelineId}</span>}
          <span class="quiet run-service">{service}</span>
        </span>
        <RunProgress run={run} />
        {isOpen(run) && progress?.currentItem && (
          <span class="quiet mono run-item">
            {progress.stage && `${progress.stage}: `}
            {progress.currentItem}
          </span>
        )}
      </Link>
    </li>
  );
}
