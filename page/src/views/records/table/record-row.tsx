import { Level } from '../../../parts/level.tsx';
import { LogText } from '../../../parts/log-text.tsx';
import { Still } from '../../../parts/still.ts';
import { timeText } from '../../../text/time.ts';
import type { Row } from './row.ts';

/** What all rows of the table have in common. */
export interface RowLook {
  columns: readonly string[];
  /** The words of the search. */
  words: readonly string[];
  timeZone: string;
  wraps: boolean;
}

interface Props {
  row: Row;
  look: RowLook;
  /** The row that the keyboard is at. */
  isActive: boolean;
  isOpen: boolean;
}

/** Of a message that takes one line: no screen is wider. */
const LINE_LENGTH_MAX = 600;
/** Of a message that takes several. */
const LINES_MAX = 30;

/** A record as a row. A click, or Enter, opens it. */
export class RecordRow extends Still<Props> {
  override render({ row, look, isActive, isOpen }: Props) {
    return (
      <div role="row" class="record-row" data-id={row.id} tabIndex={isActive ? 0 : -1} aria-selected={isOpen}>
        {look.columns.map((name) => (
          <div key={name} role="gridcell" class={`cell ${name === 'message' ? 'message' : ''}`}>
            {cellContent(row, name, look)}
          </div>
        ))}
      </div>
    );
  }
}

/** Calls what shows a value, which has no hooks: a component for each cell costs too much where dozens of rows come with a frame. */
function cellContent(row: Row, name: string, look: RowLook) {
  if (name === 'time') return timeText(row.timestamp, look.timeZone);
  if (name === 'level') return Level({ level: row.level });
  if (name === 'receivedAt') return timeText(row.cells.receivedAt ?? '', look.timeZone);
  const text = textOf(row, name);
  if (text === undefined) return <span class="quiet">–</span>;
  const shown = look.wraps ? firstLines(text) : text.slice(0, LINE_LENGTH_MAX);
  const length = name === 'message' ? row.messageLength : text.length;
  const content = LogText({ text: shown, words: look.words, oneLine: !look.wraps });
  if (shown.length === length || !look.wraps) return content;
  return [
    content,
    <span class="quiet"> … {length.toLocaleString('en')} characters: open the record for all of them</span>,
  ];
}

function textOf(row: Row, name: string): string | undefined {
  if (name === 'service' || name === 'message' || name === 'uid') return row[name];
  return row.cells[name];
}

function firstLines(text: string): string {
  let end = -1;
  for (let lines = 0; lines < LINES_MAX; lines++) {
    end = text.indexOf('\n', end + 1);
    if (end === -1) return text;
  }
  return text.slice(0, end);
}
