import { joined } from '../../log/joined.ts';
import { isJsonObject, type JsonObject } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import { objectIn, type Shape, taken, textIn, withLine } from './shape.ts';

const SERVICES = ['service_name', 'function_name', 'module_id', 'container_name', 'job_name', 'database_id'];
const HOSTS = ['pod_name', 'instance_id', 'node_name'];
const TRACE = /\/traces\/([^/]+)$/;

/** A `LogEntry` of Google Cloud. What its payload says wins: it is the program's own. */
export const googleCloud: Shape = (draft, object, read) => {
  const { textPayload, jsonPayload, protoPayload, ...entry } = object;
  const outer = read(entry);
  readResource(outer, entry);
  const trace = TRACE.exec(outer.traceId ?? textIn(entry, 'trace') ?? '')?.[1];
  if (trace) {
    outer.traceId = trace;
    taken(outer, 'trace');
  }
  if (typeof textPayload === 'string') return withLine(outer, textPayload);
  if (isJsonObject(jsonPayload)) return joined(outer, read(jsonPayload as JsonObject));
  return isJsonObject(protoPayload) ? withAudit(outer, protoPayload as JsonObject) : draft;
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
  (draft.attributes as JsonObject).protoPayload = payload;
  return draft;
}
