import { Prose } from '../../parts/prose.tsx';
import { adviceFor } from './advice.ts';
import type { Health } from './health.ts';

/** What is wrong, the worst first, each with what to do. */
export function Problems({ problems }: { problems: Health['problems'] }) {
  if (problems.length === 0) return null;
  return (
    <section aria-label="Problems">
      <h2>What is wrong</h2>
      <ul class="problems">
        {problems.map(({ code, message }) => {
          const advice = adviceFor(code);
          return (
            <li key={code}>
              <p>
                <code>{code}</code> {message}
              </p>
              {advice !== undefined && (
                <details>
                  <summary>What to do</summary>
                  <Prose markdown={advice} />
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
