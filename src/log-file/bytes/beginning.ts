export interface Begun {
  /** The first bytes: as many as were asked for, unless the stream is shorter. */
  begin: Buffer;
  /** The whole stream, with these bytes. */
  whole: AsyncIterable<Uint8Array>;
}

/** Reads the first bytes of a stream. A pipe may send them in several chunks. */
export async function beginningOf(chunks: AsyncIterable<Uint8Array>, bytesMin: number): Promise<Begun> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < bytesMin) {
    const { done, value } = await iterator.next();
    if (done) break;
    read.push(value);
    bytes += value.length;
  }
  return { begin: Buffer.concat(read), whole: continued(read, iterator) };
}

async function* continued(read: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = read.shift(); chunk; chunk = read.shift()) yield chunk;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
