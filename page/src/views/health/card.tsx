import { useId } from 'preact/hooks';
import type { Status } from './health.ts';
import { StatusBadge } from './status-badge.tsx';

interface Props {
  title: string;
  status?: Status;
  /** What is null or empty is not shown. */
  figures: readonly (readonly [term: string, value: string | null])[];
}

/** One part of the server. */
export function Card({ title, status, figures }: Props) {
  const heading = useId();
  return (
    <section class="card" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {status && <StatusBadge status={status} />}
      </header>
      <dl>
        {figures.map(
          ([term, value]) =>
            value && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
