import { Agent, request } from 'node:http';

export interface Asker extends Disposable {
  /** The data of a GraphQL query. The time ends with the last byte of the response. */
  ask(query: string): Promise<{ ms: number; data: unknown }>;
}

/** One keep-alive connection, without compression. */
export function createAsker(url: string): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks).toString()));
      })
        .on('error', reject)
        .end(body);
    });
  return {
    async ask(query) {
      const body = JSON.stringify({ query });
      const started = performance.now();
      const text = await post(body);
      const ms = performance.now() - started;
      const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: { message: string }[] };
      if (!data || errors) throw new Error(`expected a result, got ${errors?.[0]?.message ?? text.slice(0, 200)}`);
      return { ms, data };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
