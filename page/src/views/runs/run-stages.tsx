import { quotedText } from '../../../../src/log/query-language/query-scanner.ts';
import type { OpenRunQuery } from '../../api/documents.ts';
import { Link } from '../../parts/link.tsx';
import { durationText } from '../../text/duration.ts';
import { countText } from '../../text/number.ts';
import { recordsUrl } from './records-url.ts';
import './run-stages.css';

type Stage = NonNullable<NonNullable<OpenRunQuery['pipeline']>['stages']>[number];

/** The components of a run, each with its span of time: a bar from its first record to its last. */
export function RunStages({ stages, pipelineId }: { stages: readonly Stage[]; pipelineId: string }) {
  if (stages.length === 0) return null;
  const times = stages.flatMap(({ startedAt, endedAt }) => [Date.parse(startedAt), Date.parse(endedAt)]);
  const start = Math.min(...times);
  const length = Math.max(1, Math.max(...times) - start);
  const share = (ms: number): string => `${(100 * ms) / length}%`;
  return (
    <section>
      <h3>Stages</h3>
      <table class="run-stages">
        <thead>
          <tr>
            <th scope="col">Component</th>
            <th scope="col">Time</th>
            <th scope="col">Records</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {stages.map(({ component, startedAt, durationMs, logCount, errorCount }) => (
            <tr key={component}>
              <th scope="row">
                <Link
                  href={recordsUrl(pipelineId, component === null ? ' -component:*' : componentCondition(component))}
                >
                  {component ?? 'without'}
                </Link>
              </th>
              <td>
                <span class="stage-span">
                  <span
                    class={errorCount > 0 ? 'has-errors' : ''}
                    style={{ left: share(Date.parse(startedAt) - start), width: share(durationMs) }}
                  />
                </span>
                {durationText(durationMs)}
              </td>
              <td>{countText(logCount)}</td>
              <td>{countText(errorCount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const componentCondition = (component: string): string => ` component:${quotedText(component)}`;
