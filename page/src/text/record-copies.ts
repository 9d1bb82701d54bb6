import { quotedText } from '../../../src/log/query-language/query-scanner.ts';
import type { WholeRecordFragment } from '../api/documents.ts';
import type { Json } from '../api/json.ts';

/** A record without what it does not have: null, and the place in a list. */
export function presentOf({ cursor: _, ...record }: WholeRecordFragment): Record<string, unknown> {
  return present(record) as Record<string, unknown>;
}

const present = (object: object): object =>
  Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      if (value === null || (Array.isArray(value) && value.length === 0)) return [];
      return [[name, (name === 'http' || name === 'llm') && typeof value === 'object' ? present(value) : value]];
    }),
  );

export const recordJson = (record: WholeRecordFragment): string => JSON.stringify(presentOf(record), null, 2);

/** As `weir query` prints it, without the stack trace. */
export function recordLine(record: WholeRecordFragment): string {
  const { timestamp, level, service, component, message, errorType, durationMs, userId, correlationId } = record;
  const source = component === null ? service : `${service}/${component}`;
  const attributes = Object.entries(record.attributes as Record<string, Json>);
  const rest = [...Object.entries({ errorType, durationMs, userId, correlationId }), ...attributes]
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${lineValue(value as Json)}`);
  return [timestamp, level.padEnd(8), source, message.replace(/\r\n?|\n/g, '\\n'), ...rest].join(' ');
}

const lineValue = (value: Json): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

/** Asks the API for the record. Where keys are required, the key comes from the environment: it is not in the text. */
export function curlCommand({ id }: WholeRecordFragment, origin: string, needsKey: boolean): string {
  const query = `{ node(id: ${JSON.stringify(id)}) { ... on Log { timestamp level service component message errorType stackTrace attributes } } }`;
  const key = needsKey ? ` -H "authorization: Bearer $WEIR_API_KEY"` : '';
  return `curl -s ${shellText(`${origin}/graphql`)} -H 'content-type: application/json'${key} -d ${shellText(JSON.stringify({ query }))}`;
}

/** Finds the record on the command line. */
export const weirCommand = ({ uid, timestamp }: WholeRecordFragment, origin: string): string =>
  `weir query --url ${shellText(origin)} --from ${timestamp} --json ${shellText(`uid:${quotedText(uid)}`)}`;

/** One word for a shell. */
export const shellText = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
