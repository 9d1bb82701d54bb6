import { queryParts } from '../../text/query-terms.ts';

/** A longer text is shown without colours: it was not typed. */
const LENGTH_MAX = 5000;

interface Props {
  text: string;
  /** Where the text has an error, as an index. */
  errorAt: number | null;
}

/** The search text in the colours of its pieces. It stands behind the field in which it is typed, letter by letter in the same place. */
export function Highlighted({ text, errorAt }: Props) {
  return (
    <div class="search-text" aria-hidden="true">
      {piecesOf(text, errorAt).map(({ start, end, kind }) => (
        <span key={start} class={kind && `query-${kind}`}>
          {text.slice(start, end)}
        </span>
      ))}
      {errorAt !== null && errorAt >= text.length && <span class="query-error"> </span>}
      {'\u200b'}
    </div>
  );
}

interface Piece {
  start: number;
  end: number;
  kind?: string;
}

function piecesOf(text: string, errorAt: number | null): Piece[] {
  if (text.length > LENGTH_MAX) return [{ start: 0, end: text.length }];
  const pieces: Piece[] = [];
  let at = 0;
  const upTo = (start: number): void => {
    if (start > at) pieces.push({ start: at, end: start });
    at = Math.max(at, start);
  };
  for (const { kind, start, end } of queryParts(text).parts) {
    if (kind === 'term' || start < at || (errorAt !== null && end > errorAt)) continue;
    upTo(start);
    pieces.push({ start, end, kind });
    at = end;
  }
  if (errorAt !== null && errorAt < text.length) {
    upTo(errorAt);
    const end = at + Math.max(1, /^\S*/.exec(text.slice(at))![0].length);
    pieces.push({ start: at, end, kind: 'error' });
    at = end;
  }
  upTo(text.length);
  return pieces;
}
