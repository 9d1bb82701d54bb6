import type { ChainRecordFragment } from '../../api/documents.ts';
import { type Extent, lengthOf, placeOf } from '../../text/extent.ts';

interface Props {
  extent: Extent;
  /** What of the chain is shown. */
  shown: Extent;
  /** Of its colour: a level in lower case, `span`, `call` or `gap`. */
  kind: string;
  title?: string;
}

/** A stretch of time as a bar, a moment as a tick. The words beside it say the same. */
export function Bar({ extent, shown, kind, title }: Props) {
  const place = placeOf(extent, shown);
  if (place === null) return null;
  return (
    <div
      class={`chain-bar ${kind} ${lengthOf(extent) === 0 ? 'tick' : ''}`}
      style={{ left: `${place.left}%`, width: `${place.width}%` }}
      title={title}
    />
  );
}

/** Of a record that took time. */
export const barKind = ({ llm }: Pick<ChainRecordFragment, 'llm'>): string => (llm === null ? 'span' : 'call');
