import { joined } from '../../log/joined.ts';
import { isJsonObject, type JsonObject, setBeside } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import { drop, objectIn, type Shape, textIn, withLine } from './shape.ts';

const SERVICES = ['service_name', 'function_name', 'module_id', 'container_name', 'job_name', 'database_id'];
const PAYLOADS = ['textPayload', 'jsonPayload', 'protoPayload'] as const;
const HOSTS = ['pod_name', 'instance_id', 'node_name'];
const TRACE = /\/traces\/([^/]+)$/;

/** A `LogEntry` of Google Cloud. What its payload says wins: it is the program's own. */
export const googleCloud: Shape = (draft, object, read) => {
  const payload = PAYLOADS.find((name) => typeof object[name] === (name === 'textPayload' ? 'string' : 'object'));
  if (payload === undefined) return draft;
  const { [payload]: held, ...entry } = object;
  const outer = read(entry);
  readResource(outer, entry);
  const trace = TRACE.exec(outer.traceId ?? textIn(entry, 'trace') ?? '')?.[1];
  if (trace) {
    outer.traceId = trace;
    drop(outer, entry, 'trace');
  }
  if (typeof held === 'string') return withLine(outer, held);
  if (!isJsonObject(held)) return draft;
  return payload === 'jsonPayload' ? joined(outer, read(held as JsonObject)) : withAudit(outer, held as JsonObject);
};

function readResource(draft: Draft, entry: JsonObject): void {
  const resource = objectIn(entry, 'resource');
  const labels = resource && objectIn(resource, 'labels');
  const first = (names: readonly string[]) =>
    names.map((name) => textIn(labels, name)).find((value) => value !== undefined);
  draft.service ??= textIn(objectIn(entry, 'labels'), 'k8s-pod/app') ?? first(SERVICES);
  draft.host ??= first(HOSTS);
  draft.component ??= textIn(labels, 'container_name');
}

/** Of an audit log: who called which method. */
function withAudit(draft: Draft, payload: JsonObject): Draft {
  const method = textIn(payload, 'methodName');
  const request = objectIn(payload, 'requestMetadata');
  const user = textIn(objectIn(payload, 'authenticationInfo'), 'principalEmail');
  draft.message ||= textIn(objectIn(payload, 'status'), 'message') ?? method ?? '';
  if (method) draft.action ??= method;
  if (user) draft.userId ??= user;
  draft.httpClientIp ??= textIn(request, 'callerIp');
  draft.httpUserAgent ??= textIn(request, 'callerSuppliedUserAgent');
  setBeside(draft.attributes as JsonObject, 'protoPayload', payload);
  return draft;
}
