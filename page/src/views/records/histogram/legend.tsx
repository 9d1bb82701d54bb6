import { query, search } from '../../../state/search.ts';
import { shortCount } from '../../../text/number.ts';
import { excluding, withTerm } from '../../../text/query-terms.ts';
import { groupBy } from './group-by.tsx';
import type { Group } from './groups.ts';

interface Props {
  groups: readonly Group[];
}

/** The parts of the bars with their numbers. A click shows this value alone; with Alt all others. */
export function Legend({ groups }: Props) {
  const field = groupBy.value?.name ?? 'level';
  return (
    <span class="legend">
      {groups.map(({ value, rest, name, colour, counts }) => {
        const content = (
          <>
            <i class="swatch" style={{ background: colour }} />
            <span class="legend-name">{name}</span>
            <span class="quiet">{shortCount(counts.reduce((sum, count) => sum + count, 0))}</span>
          </>
        );
        if (rest) return <span key="rest">{content}</span>;
        return (
          <button
            key={value ?? ''}
            type="button"
            class="plain"
            title={`Only ${name}. With Alt: without it`}
            onClick={(event) => search((event.altKey ? excluding : withTerm)(query.value, field, value ?? undefined))}
          >
            {content}
          </button>
        );
      })}
    </span>
  );
}
