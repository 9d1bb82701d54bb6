import { type JsonObject, setBeside, setOwn } from '../../log/json.ts';
import { severityOfPriorityValue } from '../../log/level.ts';
import { drop, type Shape, textIn } from './shape.ts';

const TRACE = /\n[ \t]{1,16}at \S|\nTraceback|\n[ \t]{1,16}File "|\n#\d{1,4} /;

/** Graylog's format. Fields of the application begin with `_`, and `level` is syslog's severity. */
export const gelf: Shape = (draft, object, read) => {
  if (typeof object.short_message !== 'string' || 'message' in object) return draft;
  const { level, ...named } = withoutPrefix(object);
  const severity = severityOfPriorityValue(level);
  if (severity === undefined && level !== undefined) named.level = level;
  const found = read(named);
  found.severityNumber ??= severity;
  const full = textIn(named, 'full_message');
  if (full !== undefined && !found.stackTrace && TRACE.test(full)) {
    found.stackTrace = full;
    drop(found, named, 'full_message');
  } else if (full === found.message) drop(found, named, 'full_message');
  const facility = textIn(named, 'facility');
  if (facility !== undefined && !found.component) {
    found.component = facility;
    drop(found, named, 'facility');
  }
  return found;
};

/** The fields under the names that the application gave them. Those of GELF itself come first. */
function withoutPrefix(object: JsonObject): JsonObject {
  const named: JsonObject = {};
  for (const key of Object.keys(object)) {
    if (!key.startsWith('_')) setOwn(named, key === 'short_message' ? 'message' : key, object[key]!);
  }
  for (const key of Object.keys(object)) if (key.startsWith('_')) setBeside(named, key.slice(1) || key, object[key]!);
  return named;
}
