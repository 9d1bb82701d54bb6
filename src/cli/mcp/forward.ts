import { CODES, Failure, type Message, responseText } from '../../http/mcp/message.ts';
import { headersOf, versionIn } from '../../http/mcp/revision.ts';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { mcpUrl, networkReason, REQUEST_TIMEOUT_MS } from '../client/api.ts';
import { credentialsFor } from '../client/credentials.ts';

/** Resolves to the text of the response: that of the server, or of a failure to reach it. Rejects only when `stop` is aborted. */
export type Forward = (message: Message, text: string, stop: AbortSignal) => Promise<string>;

/** Sends requests of an assistant to the server at `base`. @throws Unreachable `base` is not a URL of a server */
export function createForward(base: string): Forward {
  const url = mcpUrl(base);
  /** What `initialize` agreed on. Requests since 2026-07-28 say it themselves. */
  let agreed: string | null = null;

  const headersFor = (message: Message): Record<string, string> => {
    const version = versionIn(message);
    if (typeof version === 'string') return headersOf(message, version);
    return agreed === null ? {} : { 'MCP-Protocol-Version': agreed };
  };

  return async (message, text, stop) => {
    const { id, method } = message;
    const failed = (reason: string): string => responseText(id, new Failure(CODES.internalError, reason));
    let status: number;
    let body: unknown;
    try {
      const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...credentialsFor(base),
          ...headersFor(message),
        },
        body: text,
        signal: AbortSignal.any([stop, timeout]),
      });
      status = response.status;
      body = tryJson(await response.text());
    } catch (error) {
      if (stop.aborted) throw error;
      return failed(`cannot reach ${base}: ${networkReason(error)}`);
    }
    if (!isJsonObject(body) || body.jsonrpc !== '2.0') return failed(reasonOf(base, status));
    if (method === 'initialize' && isJsonObject(body.result)) agreed = String(body.result.protocolVersion);
    return JSON.stringify({ ...body, id });
  };
}

const reasonOf = (base: string, status: number): string =>
  status === 404
    ? `${base} has no /mcp: set MCP=true on a Weir server that asks for no keys`
    : `expected a Weir server at ${base}, got HTTP ${status} without a response of MCP`;
