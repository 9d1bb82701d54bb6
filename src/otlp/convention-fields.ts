import { type JsonObject, setOwn } from '../log/json.ts';
import type { Draft } from '../log/record.ts';
import { draftFromJson } from '../record-names/draft-from-json.ts';

/** Attributes of a resource that are fields of a record. */
const OF_RESOURCE = names('service.name service.version deployment.environment.name deployment.environment host.name');
/** Attributes of a span, or of a log record. Others with names that loggers use, such as `name` or `event`, mean something else here. */
const OF_ITEM = names(
  'user.id user_id enduser.id ai.telemetry.metadata.userId traceloop.association.properties.user_id langfuse.user.id ' +
    'correlation_id correlation.id request_id request.id http.request.id pipeline_id pipeline.id ' +
    'error.type exception.type exception.stacktrace ' +
    'http.request.method http.method url.path http.target http.url http.response.status_code http.status_code ' +
    'user_agent.original http.user_agent client.address http.client_ip',
);

function names(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

interface Taken {
  fields: Draft;
  /** The attributes that no field took. */
  rest: JsonObject;
}

/** The items of a request share their resource: its fields are read once. A pod is its own host, as in what Kubernetes' collectors write. */
export function fieldsOfResource(attributes: JsonObject): Taken {
  const before = ofResources.get(attributes);
  if (before) return before;
  const taken = take(attributes, OF_RESOURCE);
  const pod = attributes['k8s.pod.name'];
  if (typeof pod === 'string') taken.fields.host ??= pod;
  ofResources.set(attributes, taken);
  return taken;
}
const ofResources = new WeakMap<JsonObject, Taken>();

export const fieldsOfItem = (attributes: JsonObject): Taken => take(attributes, OF_ITEM);

/** Takes fields out of attributes by the names of OpenTelemetry's semantic conventions, and what libraries use beside them. */
function take(attributes: JsonObject, known: ReadonlySet<string>): Taken {
  const rest: JsonObject = {};
  const taken: JsonObject = {};
  for (const key of Object.keys(attributes)) setOwn(known.has(key) ? taken : rest, key, attributes[key]!);
  const { attributes: left, ...fields } = draftFromJson(taken);
  return { fields, rest: { ...rest, ...(left as JsonObject) } };
}
