import type { Timestamp } from '../../../log/time.ts';
import { collected } from '../../../log-file/collected.ts';
import { entryOfJson } from '../../../log-file/entries/entry.ts';
import { createClock } from '../../../log-file/inner-line.ts';
import type { ReadMessage } from '../../listeners/gatherer.ts';
import type { ListenedProtocol, ListenerConfig } from '../../listeners/listened-protocol.ts';
import { createChunkAssembler, isChunk } from './gelf-chunks.ts';
import { createGelfFramer } from './gelf-framer.ts';
import { isCompressed, MESSAGE_BYTES_MAX, unpacked } from './gelf-payload.ts';
import { createGelfReader } from './gelf-record.ts';

/** GELF over UDP and TCP. */
export function gelfProtocol({ port, key }: ListenerConfig): ListenedProtocol {
  const setting = 'GELF_PORT';
  return {
    name: 'gelf',
    ports: port === null ? [] : (['udp', 'tcp'] as const).map((transport) => ({ transport, port, setting })),
    key: { setting: 'GELF_KEY', hash: key?.hash ?? null },
    createFramer: createGelfFramer,
    createAssembler(countDrop) {
      const assemble = createChunkAssembler({ countDrop });
      // Unpacked here, so that what waits to be stored is counted by the memory that it takes.
      return (datagram, peer) => {
        const payload = assemble(datagram, peer);
        return payload && unpacked(payload);
      };
    },
    reader,
  };
}

/** The host that a message names wins over the address that it came from. */
export function reader(receivedAt: Timestamp): ReadMessage {
  const clock = createClock({ timeZone: 'UTC', now: receivedAt });
  const read = createGelfReader(clock);
  return ({ bytes, peer }) => {
    const problem = problemOf(bytes);
    if (problem) return [problem];
    const entry = entryOfJson(0, textOf(bytes), (object) => read({ ...object, host: object.host ?? peer }));
    return Array.from(collected([entry], clock), (found) => ('draft' in found ? found.draft : found));
  };
}

function problemOf(bytes: Buffer): { code: string; reason: string } | undefined {
  if (bytes.length >= MESSAGE_BYTES_MAX) {
    return {
      code: 'TOO_LARGE',
      reason: `expected a message of less than ${MESSAGE_BYTES_MAX} bytes, got a longer one`,
    };
  }
  if (isChunk(bytes)) return { code: 'BROKEN_CHUNK', reason: 'expected a chunk of at most 128, got a broken one' };
  if (!isCompressed(bytes)) return undefined;
  const reason = `expected gzip or zlib of at most ${MESSAGE_BYTES_MAX} bytes after decompression, got more or broken data`;
  return { code: 'INVALID_ENCODING', reason };
}

/** Without what some senders put behind a message. */
function textOf(bytes: Buffer): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.toString('utf8', 0, end);
}
