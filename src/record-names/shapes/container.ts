import type { JsonObject } from '../../log/json.ts';
import { objectIn, type Shape, textIn, withLine } from './shape.ts';

/**
 * A line of a program with what a collector knows of it: Docker's json-file and its drivers, Fluent Bit, Fluentd, Filebeat, Vector, with
 * and without Kubernetes. Where the collector has read the line already, the record has a level.
 */
export const container: Shape = (draft, object) => {
  const name = nameOf(object);
  if (name !== undefined) draft.service ??= name.replace(/^\//, '');
  const line = textIn(object, 'log') ?? textIn(object, 'message');
  const isRead = draft.severityNumber !== undefined || draft.message !== line;
  if (line === undefined || isRead || !isCollected(object)) return draft;
  return withLine(draft, line);
};

const nameOf = (object: JsonObject): string | undefined => {
  const kubernetes = objectIn(object, 'kubernetes');
  return (
    textIn(kubernetes, 'container_name') ??
    textIn(kubernetes && objectIn(kubernetes, 'container'), 'name') ??
    textIn(object, 'container_name')
  );
};

/** `log` alone may be a word of an application: in a container, or from a file, stands more beside it. */
const isCollected = (object: JsonObject): boolean =>
  typeof object.log === 'string' ||
  ['kubernetes', 'container_id', 'container_name', 'logtag', 'log', 'source_type'].some((name) => name in object);
