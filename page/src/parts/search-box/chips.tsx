import { negated, type QueryTerm, queryTerms, replaceTerm } from '../../text/query-terms.ts';
import './chips.css';

interface Props {
  /** The text in the box: chips and text are the same. */
  text: string;
  onChange: (text: string) => void;
  /** Shows the term in the box. */
  onEdit: (term: QueryTerm) => void;
}

/** The terms that must all be true. None while the text has an error. */
export function Chips({ text, onChange, onEdit }: Props) {
  const terms = queryTerms(text) ?? [];
  if (terms.length === 0) return null;
  return (
    <ul class="chips" aria-label="Terms of the search">
      {terms.map((term) => (
        <Chip
          key={`${term.start} ${term.text}`}
          term={term.text}
          onEdit={() => onEdit(term)}
          onNegate={() => onChange(replaceTerm(text, term, negated(term.text)))}
          onRemove={() => onChange(replaceTerm(text, term, ''))}
        />
      ))}
      {terms.length > 1 && (
        <li>
          <button type="button" class="plain" onClick={() => onChange('')}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

interface ChipProps {
  term: string;
  onEdit: () => void;
  onNegate: () => void;
  onRemove: () => void;
}

function Chip({ term, onEdit, onNegate, onRemove }: ChipProps) {
  const excludes = /^(?:-|!|NOT\b)/.test(term);
  const opposite = excludes ? `Include instead: ${negated(term)}` : `Exclude instead: ${negated(term)}`;
  return (
    <li class={excludes ? 'chip excluded' : 'chip'}>
      <button type="button" class="plain mono" title="Edit" aria-label={`Edit ${term}`} onClick={onEdit}>
        {term}
      </button>
      <button type="button" class="plain" title={opposite} aria-label={opposite} onClick={onNegate}>
        {excludes ? '=' : '≠'}
      </button>
      <button type="button" class="plain" title="Remove" aria-label={`Remove ${term}`} onClick={onRemove}>
        ✕
      </button>
    </li>
  );
}
