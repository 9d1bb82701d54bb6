import type { AnsiStyle } from '../text/ansi.ts';
import { type Piece, piecesOf } from '../text/pieces.ts';
import './log-text.css';

interface Props {
  text: string;
  /** The words of the search, which are marked. */
  words?: readonly string[];
  /** Line breaks are signs too. */
  oneLine?: boolean;
}

/** A text of a record: always as text, apart from what stands beside it whatever direction it is written in. */
export function LogText({ text, words = [], oneLine = false }: Props) {
  return <bdi class="log-text">{piecesOf(oneLine ? text.replace(/\r\n?|\n/g, '↵') : text, words).map(shownPiece)}</bdi>;
}

function shownPiece({ text, style, match, sign }: Piece) {
  const className = [style && styleClass(style), sign && 'sign'].filter(Boolean).join(' ');
  if (match) return <mark class={className}>{text}</mark>;
  return className === '' ? text : <span class={className}>{text}</span>;
}

const styleClass = ({ colour, ground, bold, faint, italic, underline, struck }: AnsiStyle): string =>
  [
    colour !== null && ground === null && `ansi-${colour}`,
    ground !== null && `ansi-ground ansi-ground-${ground}`,
    bold && 'ansi-bold',
    faint && 'ansi-faint',
    italic && 'ansi-italic',
    underline && 'ansi-underline',
    struck && 'ansi-struck',
  ]
    .filter(Boolean)
    .join(' ');
