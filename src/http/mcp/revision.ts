import { isJsonObject } from '../../log/json.ts';
import { shownJson } from '../../log/shown.ts';
import { CODES, Failure, type Message } from './message.ts';

/** Each request says all of itself, in `params._meta`. */
export const MODERN = '2026-07-28';
/** A connection begins with `initialize`. The newest first. */
export const LEGACY: readonly string[] = ['2025-11-25', '2025-06-18'];
export const SUPPORTED: readonly string[] = [MODERN, ...LEGACY];

/** How a message is answered: by revision 2026-07-28, or by one of those before it. */
export type Era = 'modern' | 'legacy';

const META = 'io.modelcontextprotocol/';
export const SERVER_INFO = `${META}serverInfo`;

/**
 * The revision of a message: what the message itself says, else the header. Headers must agree with the message, so that what a
 * proxy reads is what runs (MCP 2026-07-28, "Server Validation").
 */
export function readEra({ id, method, params }: Message, headers: Headers): Era | Failure {
  const meta = isJsonObject(params._meta) ? params._meta : {};
  const inBody = versionIn({ params });
  const inHeader = headers.get('mcp-protocol-version');
  if (inBody === undefined && inHeader !== MODERN) {
    return inHeader === null || LEGACY.includes(inHeader) ? 'legacy' : unsupported(inHeader);
  }
  // Headers of notifications are not defined.
  if (id === null) return 'modern';
  if (typeof inBody !== 'string') return missing('protocolVersion', 'a text');
  for (const [name, expected] of Object.entries(headersOf({ method, params }, inBody))) {
    const got = headers.get(name);
    if (decoded(got) !== decoded(expected)) return mismatch(name, expected, got);
  }
  if (inBody !== MODERN) return unsupported(inBody);
  return isJsonObject(meta[`${META}clientCapabilities`]) ? 'modern' : missing('clientCapabilities', 'an object');
}

/** The revision that a message names. Undefined: none, as before 2026-07-28. */
export const versionIn = ({ params: { _meta: meta } }: Pick<Message, 'params'>): unknown =>
  isJsonObject(meta) ? meta[`${META}protocolVersion`] : undefined;

/** What the headers of a request say of its message. */
export const headersOf = (
  { method, params: { name } }: Pick<Message, 'method' | 'params'>,
  version: string,
): Record<string, string> => ({
  'MCP-Protocol-Version': version,
  'Mcp-Method': encoded(method),
  ...(method === 'tools/call' && typeof name === 'string' && { 'Mcp-Name': encoded(name) }),
});

/** Visible ASCII, and spaces inside. */
const PLAIN = /^[!-~]([ -~]*[!-~])?$/;
const ENCODED = /^=\?base64\?([\w+/=]*)\?=$/;

const encoded = (value: string): string =>
  PLAIN.test(value) && !ENCODED.test(value) ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;

function decoded(header: string | null): string | null {
  const found = header === null ? null : ENCODED.exec(header);
  return found ? Buffer.from(found[1]!, 'base64').toString() : header;
}

const missing = (name: string, expected: string): Failure =>
  new Failure(CODES.invalidParams, `params._meta: expected ${META}${name}, ${expected}`, { status: 400 });

const mismatch = (name: string, expected: string, got: string | null): Failure =>
  new Failure(
    CODES.headerMismatch,
    `${name}: expected ${shownJson(expected)} as in the message, got ${got === null ? 'none' : shownJson(got)}`,
    { status: 400 },
  );

const unsupported = (requested: string): Failure =>
  new Failure(
    CODES.unsupportedVersion,
    `expected a protocol version of ${SUPPORTED.join(', ')}, got ${shownJson(requested)}`,
    {
      status: 400,
      data: { supported: SUPPORTED, requested },
    },
  );
