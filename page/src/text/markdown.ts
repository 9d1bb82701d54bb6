/** A block of a document. Its texts may hold `code` and **bold**. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code'; text: string };

/**
 * Reads the Markdown that the documents of this repository use in their sections: paragraphs, lists, blocks of code. Of links, the
 * words stay; comments go.
 */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  const lines = withoutMarks(markdown).split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const last = blocks.at(-1);
    if (line.startsWith('```')) {
      const end = lines.indexOf('```', at + 1);
      const to = end === -1 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, to).join('\n') });
      at = to;
      isOpen = false;
    } else if (line.trim() === '') {
      isOpen = false;
    } else if (ITEM.test(line)) {
      const item = line.replace(ITEM, '');
      if (last?.kind === 'list') last.items.push(item);
      else blocks.push({ kind: 'list', ordered: !line.startsWith('-'), items: [item] });
      isOpen = true;
    } else if (isOpen && last?.kind === 'list') {
      last.items.push(`${last.items.pop()} ${line.trim()}`);
    } else if (isOpen && last?.kind === 'text') {
      last.text += ` ${line.trim()}`;
    } else {
      blocks.push({ kind: 'text', text: line.trim() });
      isOpen = true;
    }
  }
  return blocks;
}

const ITEM = /^(?:-|\d+\.) /;
const withoutMarks = (markdown: string): string =>
  markdown.replace(/<!--.*?-->/gs, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
