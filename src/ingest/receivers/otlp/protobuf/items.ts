import { ITEMS_MAX, SHARED_BYTES_MAX, sharedTooLarge, tooMany } from '../../../../otlp/telemetry/limits.ts';
import { type From, PAUSE, type Pause, UNKNOWN_RESOURCE, UNKNOWN_SCOPE } from '../../../../otlp/telemetry/telemetry.ts';
import { Fields, type Slice } from '../../protobuf/wire.ts';
import { resourceOf, scopeOf } from './attributes.ts';

/**
 * Where the spans or log records of a request are, one by one, and what sent them. The numbers of these fields are the same for all
 * signals: opentelemetry-proto, `trace/v1/trace.proto` and `logs/v1/logs.proto`.
 * @throws BodyRejected the bytes are no such message, or it is too large
 */
export function* protobufItems(body: Buffer): Generator<From<Slice> | Pause> {
  const partsOf = createPartsReader(body);
  for (const ofResource of partsOf({ from: 0, end: body.length }, { repeated: 1 }).items) {
    const inResource = partsOf(ofResource, { single: 1, repeated: 2 });
    const resource = inResource.single ? resourceOf(body, small('resource', inResource.single)) : UNKNOWN_RESOURCE;
    yield PAUSE;
    for (const ofScope of inResource.items) {
      const inScope = partsOf(ofScope, { single: 1, repeated: 2 });
      const scope = inScope.single ? scopeOf(body, small('scope', inScope.single)) : UNKNOWN_SCOPE;
      yield PAUSE;
      for (const item of inScope.items) yield { item, resource, scope };
    }
  }
}

interface Parts {
  single: Slice | undefined;
  items: Slice[];
}

/**
 * Finds the parts of a message before any is decoded, because a message may have its fields in any order. All fields count, also
 * unknown ones.
 */
function createPartsReader(body: Buffer) {
  let read = 0;
  return (message: Slice, numbers: { single?: number; repeated: number }): Parts => {
    const parts: Parts = { single: undefined, items: [] };
    const fields = new Fields(body, message.from, message.end);
    while (fields.next()) {
      if (++read > ITEMS_MAX) throw tooMany();
      if (fields.number === numbers.single) parts.single = fields.slice();
      else if (fields.number === numbers.repeated) parts.items.push(fields.slice());
    }
    return parts;
  };
}

function small(what: string, slice: Slice): Slice {
  if (slice.end - slice.from > SHARED_BYTES_MAX) throw sharedTooLarge(what);
  return slice;
}
