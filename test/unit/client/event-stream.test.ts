import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventReader } from '../../../client/src/llm/event-stream.ts';

test('events are read from pieces of any size', () => {
  const events = ['{"text":"ä, 日本語"}', '{"n":1}', '[DONE]'];
  const bytes = new TextEncoder().encode(events.map((data) => `event: x\ndata: ${data}\r\n\n`).join(''));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const read: string[] = [];
      const reader = createEventReader((data) => read.push(data));
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      for (let i = 1; i < edges.length; i++) reader(bytes.subarray(edges[i - 1], edges[i]));
      expect(read).toEqual(events);
    }),
  );
});

test('an event that is too long is left out, and those after it are read', () => {
  const read: string[] = [];
  const reader = createEventReader((data) => read.push(data));
  const encode = (text: string) => new TextEncoder().encode(text);
  reader(encode('data: '));
  for (let i = 0; i < 40; i++) reader(encode('x'.repeat(64 * 1024)));
  reader(encode('data: within\ndata: after\n'));
  expect(read).toEqual(['after']);
});
