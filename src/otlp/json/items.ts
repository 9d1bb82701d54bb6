import { bytesOf, type JsonSlice, JsonWalk } from '../../log/json-walk.ts';
import { ITEMS_MAX, SHARED_BYTES_MAX, sharedTooLarge, tooMany } from '../telemetry/limits.ts';
import { type From, PAUSE, type Pause, UNKNOWN_RESOURCE, UNKNOWN_SCOPE } from '../telemetry/telemetry.ts';
import { resourceOf, scopeOf } from './attributes.ts';
import { parsed } from './members.ts';

/** What a signal calls its parts: `resourceSpans`, `scopeSpans`, `spans`; or the same in snake case. */
export interface SignalNames {
  ofResource: readonly string[];
  ofScope: readonly string[];
  items: readonly string[];
}

interface ScopeParts {
  scope: JsonSlice | undefined;
  items: JsonSlice[];
}

interface ResourceParts {
  resource: JsonSlice | undefined;
  scopes: ScopeParts[];
}

/**
 * Where the spans or log records of a request in JSON are, one by one, and what sent them.
 * @throws BodyRejected the text is no such request, or it is too large
 */
export function* jsonItems(body: Buffer, names: SignalNames): Generator<From<JsonSlice> | Pause> {
  const walk = new JsonWalk(body);
  const finder = createFinder(walk, names);
  for (const key of walk.members()) {
    finder.count();
    if (names.ofResource.includes(key)) {
      for (const _ of walk.elements()) yield* itemsOf(body, yield* finder.ofResource());
    } else walk.skip();
    yield PAUSE;
  }
  walk.end();
}

/** Finds the parts of a resource before any is decoded, because the members of an object may be in any order. */
function createFinder(walk: JsonWalk, names: SignalNames) {
  let read = 0;
  const count = (): void => {
    if (++read > ITEMS_MAX) throw tooMany();
  };

  function* ofScope(): Generator<Pause, ScopeParts> {
    const parts: ScopeParts = { scope: undefined, items: [] };
    for (const key of walk.members()) {
      count();
      if (names.items.includes(key)) {
        for (const _ of walk.elements()) {
          count();
          parts.items.push(walk.skip());
          yield PAUSE;
        }
      } else if (key === 'scope') parts.scope = walk.skip();
      else walk.skip();
      yield PAUSE;
    }
    return parts;
  }

  return {
    count,
    *ofResource(): Generator<Pause, ResourceParts> {
      const parts: ResourceParts = { resource: undefined, scopes: [] };
      count();
      for (const key of walk.members()) {
        count();
        if (names.ofScope.includes(key)) {
          for (const _ of walk.elements()) {
            count();
            parts.scopes.push(yield* ofScope());
          }
        } else if (key === 'resource') parts.resource = walk.skip();
        else walk.skip();
        yield PAUSE;
      }
      return parts;
    },
  };
}

function* itemsOf(body: Buffer, { resource: where, scopes }: ResourceParts): Generator<From<JsonSlice> | Pause> {
  const resource = where ? resourceOf(parsed(body, small('resource', where)), bytesOf(where)) : UNKNOWN_RESOURCE;
  for (const { scope: where, items } of scopes) {
    const scope = where ? scopeOf(parsed(body, small('scope', where)), bytesOf(where)) : UNKNOWN_SCOPE;
    yield PAUSE;
    for (const item of items) yield { item, resource, scope };
  }
}

function small(what: string, slice: JsonSlice): JsonSlice {
  if (bytesOf(slice) > SHARED_BYTES_MAX) throw sharedTooLarge(what);
  return slice;
}
