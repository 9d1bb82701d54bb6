import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { bearer } from './keys.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** `legacy`: begins with `initialize`, as until 2025-11-25. `modern`: each request says all, since 2026-07-28. */
export const ERAS = ['legacy', 'modern'] as const;
export type Era = (typeof ERAS)[number];

/** The answer of a tool, as the official client has checked it against the tool's schema. */
export interface Answer<Data> {
  text: string;
  isError: boolean;
  data: Data & { leftOut: string[]; next: { after: string } | null; hints?: string[]; problems?: string[] };
}

export interface McpClient extends AsyncDisposable {
  client: Client;
  call<Data>(name: string, args?: Record<string, unknown>, stop?: AbortSignal): Promise<Answer<Data>>;
}

const clientOf = (era: Era): Client =>
  new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: era === 'legacy' ? 'legacy' : { pin: '2026-07-28' } } },
  );

async function connected(client: Client, transport: Parameters<Client['connect']>[0]): Promise<McpClient> {
  await client.connect(transport);
  // The client checks answers against the schemas that it has seen.
  await client.listTools();
  return {
    client,
    async call(name, args = {}, stop) {
      const { content, structuredContent, isError } = await client.callTool(
        { name, arguments: args },
        stop && { signal: stop },
      );
      const [said] = content as { text: string }[];
      return { text: said!.text, isError: isError === true, data: structuredContent as never };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** The official SDK's client, over HTTP. */
export function connectMcp(url: string, { era = 'modern', key }: { era?: Era; key?: string } = {}): Promise<McpClient> {
  const headers = key === undefined ? {} : bearer(key);
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } });
  return connected(clientOf(era), transport);
}

/** The official SDK's client, over the stdin and stdout of `weir mcp`. */
export function connectStdio(env: Record<string, string>, era: Era = 'modern'): Promise<McpClient> {
  const { PATH = '', HOME = '', TEST_RUN = '' } = process.env;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp'],
    env: { PATH, HOME, TEST_RUN, ...env },
    stderr: 'inherit',
  });
  return connected(clientOf(era), transport);
}
