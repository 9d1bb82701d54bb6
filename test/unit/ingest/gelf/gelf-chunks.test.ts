import { describe, expect, test } from 'vitest';
import { createChunkAssembler } from '../../../../src/ingest/receivers/gelf/gelf-chunks.ts';
import { until } from '../../../support/server.ts';

/** The chunks of a message. `id`: 8 characters. */
function chunksOf(id: string, ...parts: string[]): Buffer[] {
  return parts.map((part, number) => chunk(id, number, parts.length, part));
}

const chunk = (id: string, number: number, count: number, part: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x1e, 0x0f]),
    Buffer.from(id, 'latin1'),
    Buffer.from([number, count]),
    Buffer.from(part),
  ]);

function assembler(limits: { withinMs?: number; bytesMax?: number; unfinishedMax?: number } = {}) {
  const drops: string[] = [];
  const assemble = createChunkAssembler({ ...limits, countDrop: (reason) => void drops.push(reason) });
  const take = (datagrams: Buffer[], peer = '10.0.0.1'): string[] =>
    datagrams.flatMap((datagram) => assemble(datagram, peer)?.toString() ?? []);
  return { take, drops };
}

describe('chunks of GELF', () => {
  test('are put together in any order, and doubled ones count once', () => {
    const { take, drops } = assembler();
    const [a, b, c] = chunksOf('00000001', 'on', 'e ', 'two');
    expect(take([c!, a!, a!, c!, b!, b!, a!, c!])).toEqual(['one two']);
    expect(drops).toEqual([]);
  });

  test('of two senders with one id are two messages', () => {
    const { take } = assembler();
    const [a, b] = chunksOf('00000001', 'on', 'e');
    const [c, d] = chunksOf('00000001', 'tw', 'o');
    expect([...take([a!], '10.0.0.1'), ...take([c!], '10.0.0.2')]).toEqual([]);
    expect([...take([b!], '10.0.0.1'), ...take([d!], '10.0.0.2')]).toEqual(['one', 'two']);
  });

  test('that lie come back as they are, and do no harm to their message', () => {
    const { take } = assembler();
    const [a, b] = chunksOf('00000001', 'on', 'e');
    const lies = [
      chunk('00000001', 0, 200, ''),
      chunk('00000001', 0, 0, ''),
      chunk('00000001', 2, 2, ''),
      chunk('00000001', 1, 128, ''),
      a!.subarray(0, 11),
    ];
    expect(take([a!, ...lies, b!])).toEqual([...lies.map(String), 'one']);
  });

  test('that never become a message are dropped and counted, though nothing else comes', async () => {
    const { take, drops } = assembler({ withinMs: 20 });
    take([chunksOf('00000001', 'on', 'e')[0]!]);
    await until(() => drops.length > 0);
    expect(drops).toEqual(['unfinished']);
    expect(take([chunksOf('00000001', 'on', 'e')[1]!])).toEqual([]);
  });

  test('of too many messages, or of too many bytes, cost the oldest message', () => {
    const many = assembler({ unfinishedMax: 2 });
    const ids = ['00000001', '00000002', '00000003'];
    many.take(ids.map((id) => chunksOf(id, 'on', 'e')[0]!));
    expect(many.drops).toEqual(['memory']);
    expect(many.take(ids.slice(1).map((id) => chunksOf(id, 'on', 'e')[1]!))).toEqual(['one', 'one']);

    const large = assembler({ bytesMax: 10_000 });
    large.take(ids.map((id) => chunksOf(id, 'x'.repeat(4000), 'e')[0]!));
    expect(large.drops).toEqual(['memory']);
  });
});
