import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf } from '../../../page/src/text/markdown.ts';

test('paragraphs, lists and code are apart, and lines of one paragraph are joined', () => {
  const text = 'One\ntwo [three](x.md).\n<!-- not run: why -->\n\n- a\n  b\n- c\n\n1. d\n\n```sh\nx\n\n- y\n```\nend';
  expect(blocksOf(text)).toEqual([
    { kind: 'text', text: 'One two three.' },
    { kind: 'list', ordered: false, items: ['a b', 'c', 'd'] },
    { kind: 'code', text: 'x\n\n- y' },
    { kind: 'text', text: 'end' },
  ]);
  expect(blocksOf('1. a\n2. b')).toEqual([{ kind: 'list', ordered: true, items: ['a', 'b'] }]);
});

test('a block of code without an end, and an empty text, end the reading', () => {
  expect(blocksOf('```\na')).toEqual([{ kind: 'code', text: 'a' }]);
  expect(blocksOf('\n\n')).toEqual([]);
});

test('no word of the advice about problems is lost', () => {
  const text = readFileSync('docs/troubleshooting.md', 'utf8').split('\n## Other symptoms')[0]!;
  const words = (shown: string): string[] => shown.match(/[\w$]+/g) ?? [];
  const source = text
    .replace(/<!--.*?-->/gs, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/^```.*$|^\d+\. /gm, '');
  const read = blocksOf(text).map((block) => (block.kind === 'list' ? block.items.join('\n') : block.text));
  expect(words(read.join('\n'))).toEqual(words(source));
});
