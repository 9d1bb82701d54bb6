import { type JsonObject, setBeside } from '../log/json.ts';
import type { Resource, Scope } from './telemetry/telemetry.ts';

/** What no field took of the resource and of the scope stands in objects of their own: their names may be those of the item's. */
export function addSenders(
  attributes: JsonObject,
  resource: Resource['attributes'],
  { version, attributes: scope }: Scope,
): void {
  if (Object.keys(resource).length > 0) setBeside(attributes, 'resource', resource);
  if (version !== '' || Object.keys(scope).length > 0) {
    setBeside(attributes, 'scope', version === '' ? scope : { ...scope, version });
  }
}
