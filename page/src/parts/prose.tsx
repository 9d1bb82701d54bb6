import type { ComponentChildren } from 'preact';
import { type Block, blocksOf } from '../text/markdown.ts';
import './prose.css';

/** A section of a document. */
export function Prose({ markdown }: { markdown: string }) {
  return <div class="prose">{blocksOf(markdown).map(shownBlock)}</div>;
}

function shownBlock(block: Block, at: number) {
  switch (block.kind) {
    case 'code':
      return (
        <pre key={at} class="mono">
          {block.text}
        </pre>
      );
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      return (
        <List key={at}>
          {block.items.map((item) => (
            <li key={item}>{inline(item)}</li>
          ))}
        </List>
      );
    }
    case 'text':
      return <p key={at}>{inline(block.text)}</p>;
  }
}

function inline(text: string): ComponentChildren[] {
  return text.split(/(\*\*.+?\*\*|`[^`]+`)/).map((piece) => {
    if (piece.startsWith('**')) return <strong key={piece}>{inline(piece.slice(2, -2))}</strong>;
    if (piece.startsWith('`')) return <code key={piece}>{piece.slice(1, -1)}</code>;
    return piece;
  });
}
