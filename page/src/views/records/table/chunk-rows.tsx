import { Still } from '../../../parts/still.ts';
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
}

/** The rows of a chunk that is on the screen, or near it. */
export class ChunkRows extends Still<Props> {
  override render({ chunk, look, active, open, observer, height }: Props) {
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
          <RecordRow key={row.id} row={row} look={look} isActive={row.id === active} isOpen={row.id === open} />
        ))}
      </div>
    );
  }
}
