import { once } from 'node:events';
import { type LocalServer, serveLocally } from './otlp.ts';

interface FakeUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens: number };
}

export interface FakeOpenAi extends LocalServer {
  /** What it said of each answer. */
  usages: FakeUsage[];
}

const MODEL = 'gpt-4o-mini-2024-07-18';
const CREATED = 1_764_000_000;

/** Answers `POST /chat/completions` as OpenAI does, whole or as a stream. A question with `fail` is answered with 429. */
export async function startFakeOpenAi(): Promise<FakeOpenAi> {
  const usages: FakeUsage[] = [];
  const server = await serveLocally(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked = JSON.parse(Buffer.concat(chunks).toString());
    if (JSON.stringify(asked.messages).includes('fail')) {
      response.writeHead(429, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit_exceeded' } }),
      );
      return;
    }
    const prompt = 20 + usages.length;
    const usage: FakeUsage = {
      prompt_tokens: prompt,
      completion_tokens: 7,
      total_tokens: prompt + 7,
      prompt_tokens_details: { cached_tokens: 4 },
    };
    usages.push(usage);
    const common = { id: `chatcmpl-${usages.length}`, created: CREATED, model: MODEL };
    if (asked.stream !== true) {
      const choice = { index: 0, message: { role: 'assistant', content: 'It is 42.' }, finish_reason: 'stop' };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...common, object: 'chat.completion', choices: [choice], usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (data: object): void => void response.write(`data: ${JSON.stringify(data)}\n\n`);
    const chunk = { ...common, object: 'chat.completion.chunk' };
    send({ ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'It ' }, finish_reason: null }] });
    send({ ...chunk, choices: [{ index: 0, delta: { content: 'is 42.' }, finish_reason: null }] });
    send({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    send({ ...chunk, choices: [], usage });
    response.end('data: [DONE]\n\n');
    await once(response, 'close');
  });
  return { ...server, usages };
}
