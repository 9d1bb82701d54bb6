import { KEY_BEGIN } from './key.ts';

/** Reads a header of a request. */
export type Header = (name: string) => string | null;

/**
 * The key that a request presents, right or wrong: a text that begins with `weir_`. Other credentials are not meant for this
 * server (a proxy may need them), and a key in a URL would be in the logs of every proxy: neither is looked at.
 */
export function presentedKey(header: Header): string | undefined {
  const isBrowser = header('origin') !== null || header('sec-fetch-site') !== null;
  return [
    ...keysOfAuthorization(header('authorization'), isBrowser),
    header('x-api-key')?.trim(),
    header('dd-api-key')?.trim(),
  ].find(isPresented);
}

/** The key in the payload of `connection_init`: `authorization` with or without `Bearer`. */
export function presentedKeyOfInit(payload: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const text = payload?.authorization ?? payload?.Authorization ?? payload?.['x-api-key'];
  return typeof text === 'string' ? [...keysOfAuthorization(text, true), text.trim()].find(isPresented) : undefined;
}

const isPresented = (text: string | undefined): text is string => text?.startsWith(KEY_BEGIN) === true;

/**
 * `Bearer KEY`; `Basic`, whose password is the key and whose user may be any; `ApiKey KEY`, also as Elasticsearch's clients
 * write it, in base64 after an id; `Splunk KEY`. A browser keeps the credentials of Basic and sends them with requests of any page, so a
 * browser's are not looked at.
 */
function keysOfAuthorization(value: string | null, isBrowser: boolean): string[] {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)\s+(\S+)\s*$/.exec(value ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'splunk':
      return [rest];
    case 'apikey':
      return [rest, afterColon(rest)];
    case 'basic':
      return isBrowser ? [] : [afterColon(rest)];
    default:
      return [];
  }
}

/** What stands after the first colon in a text that is written in base64. */
function afterColon(base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
