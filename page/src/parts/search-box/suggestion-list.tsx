import type { Completion } from '../../text/completion.ts';
import type { Suggestions } from './suggestions.ts';
import './suggestion-list.css';

interface Props {
  id: string;
  suggestions: Suggestions;
  /** The chosen one; -1: none. */
  chosen: number;
  onTake: (completion: Completion) => void;
}

export const optionId = (id: string, at: number): string => `${id}-${at}`;

/** What may stand at the cursor, with counts. The focus stays in the search box. */
export function SuggestionList({ id, suggestions: { title, list }, chosen, onTake }: Props) {
  return (
    <div class="suggestions" role="listbox" id={id} aria-label={title}>
      {list.map((completion, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the search box has the focus and takes the keys
        <div
          key={completion.label}
          id={optionId(id, at)}
          role="option"
          aria-selected={at === chosen}
          ref={(row) => {
            if (at === chosen) row?.scrollIntoView({ block: 'nearest' });
          }}
          // The search box keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(completion)}
        >
          <span class="mono">{completion.label}</span>
          <span class="quiet">{completion.detail}</span>
        </div>
      ))}
    </div>
  );
}
