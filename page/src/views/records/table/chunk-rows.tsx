import { Fragment } from 'preact';
import { Still } from '../../../parts/still.ts';
import { RecordDetails } from '../record/record-details.tsx';
import type { Chunk } from './chunks.ts';
import { RecordRow, type RowLook } from './record-row.tsx';
import type { Row } from './row.ts';

interface Props {
  chunk: Chunk<Row>;
  look: RowLook;
  /** The ids of rows in this chunk, or null. */
  active: string | null;
  open: string | null;
  /** Tells the height of the chunk whenever it has another one. */
  observer: ResizeObserver;
  /** While its rows are not in memory. */
  height: number;
  /** From an open record to the next or the one before. */
  move: (step: 1 | -1) => void;
}

/** The rows of a chunk that is on the screen, or near it. */
export class ChunkRows extends Still<Props> {
  override render({ chunk, look, active, open, observer, height, move }: Props) {
    if (chunk.rows === null)
      return <div class="record-chunk missing" role="presentation" style={{ height: `${height}px` }} />;
    return (
      <div
        class="record-chunk"
        role="rowgroup"
        data-chunk={chunk.id}
        ref={(element) => {
          if (!element) return;
          observer.observe(element);
          return () => observer.unobserve(element);
        }}
      >
        {chunk.rows.map((row) => (
          <Fragment key={row.id}>
            <RecordRow row={row} look={look} isActive={row.id === active} isOpen={row.id === open} />
            {row.id === open && (
              <div role="row">
                <div role="gridcell" aria-colspan={look.columns.length}>
                  <RecordDetails key={row.id} id={row.id} move={move} />
                </div>
              </div>
            )}
          </Fragment>
        ))}
      </div>
    );
  }
}
