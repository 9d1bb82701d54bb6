import type { Extent } from '../../text/extent.ts';
import { earlier, later, type Zoom, zoomIn, zoomOut, zoomReset } from './zoom.ts';

export function ZoomButtons({ zoom, whole }: { zoom: Zoom; whole: Extent }) {
  const isWhole = zoom.value === null;
  return (
    <div class="zoom-buttons" role="group" aria-label="Zoom">
      <button type="button" title="Zoom in (+)" aria-label="Zoom in" onClick={() => zoomIn(zoom, whole)}>
        +
      </button>
      <button
        type="button"
        title="Zoom out (-)"
        aria-label="Zoom out"
        disabled={isWhole}
        onClick={() => zoomOut(zoom, whole)}
      >
        −
      </button>
      <button
        type="button"
        title="Earlier (←)"
        aria-label="Earlier"
        disabled={isWhole}
        onClick={() => earlier(zoom, whole)}
      >
        ←
      </button>
      <button type="button" title="Later (→)" aria-label="Later" disabled={isWhole} onClick={() => later(zoom, whole)}>
        →
      </button>
      <button type="button" title="The whole chain (0)" disabled={isWhole} onClick={() => zoomReset(zoom)}>
        Whole chain
      </button>
      <span class="quiet wide-only">Drag over the picture above to zoom</span>
    </div>
  );
}
