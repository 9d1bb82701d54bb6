import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A provider of models on this machine, that answers as OpenAI and Anthropic do. */
export interface FakeProvider extends AsyncDisposable {
  url: string;
  /** The next requests are answered so, in this order; then all is well again. */
  failNext(...statuses: number[]): void;
  /** The next request is answered with status 200 and this body; with a list, with a stream of these events. */
  answerNext(body: object): void;
  /** Streams stop after their first token, and stay open. */
  hangStreams(): void;
  /** Requests get no answer. */
  keepSilent(): void;
}

const COMPLETION_USAGE = {
  prompt_tokens: 120,
  completion_tokens: 30,
  total_tokens: 150,
  prompt_tokens_details: { cached_tokens: 100 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const MESSAGE_USAGE = {
  input_tokens: 20,
  cache_read_input_tokens: 70,
  cache_creation_input_tokens: 10,
  output_tokens: 5,
};

type Asked = { model: string; stream?: boolean; stream_options?: { include_usage?: boolean } };

export async function startFakeProvider(): Promise<FakeProvider> {
  const failures: number[] = [];
  const answers: object[] = [];
  let hangs = false;
  let isSilent = false;
  const server = createServer(async (request, response) => {
    const asked = JSON.parse((await text(request)) || '{}') as Asked;
    if (isSilent) return;
    const status = failures.shift();
    if (status !== undefined) return fail(response, status);
    const answer = answers.shift() ?? (asked.stream ? eventsOf(request, asked) : answerTo(request, asked));
    if (Array.isArray(answer)) return stream(response, answer, hangs);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failNext: (...statuses) => void failures.push(...statuses),
    answerNext: (body) => void answers.push(body),
    hangStreams() {
      hangs = true;
    },
    keepSilent() {
      isSilent = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
  response.end(
    JSON.stringify({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow down' } }),
  );
}

function stream(response: ServerResponse, events: object[], hangs: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of hangs ? events.slice(0, 2) : events) {
    const { type } = event as { type?: string };
    response.write(`${type ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  }
  if (!hangs) response.end('data: [DONE]\n\n');
}

const isMessages = ({ url }: IncomingMessage): boolean => url!.endsWith('/messages');

function answerTo(request: IncomingMessage, { model }: Asked): object {
  if (isMessages(request)) {
    const content = [{ type: 'text', text: 'Hello there' }];
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content,
      stop_reason: 'end_turn',
      usage: MESSAGE_USAGE,
    };
  }
  if (request.url!.endsWith('/embeddings')) {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }];
    return { object: 'list', model, data, usage: { prompt_tokens: 7, total_tokens: 7 } };
  }
  if (request.url!.endsWith('/responses')) {
    const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello there' }] }];
    const usage = { input_tokens: 120, output_tokens: 30, input_tokens_details: { cached_tokens: 100 } };
    return { id: 'resp_1', object: 'response', status: 'completed', model: `${model}-2026`, output, usage };
  }
  const message = { role: 'assistant', content: 'Hello there' };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  return { id: 'chatcmpl-1', object: 'chat.completion', model: `${model}-2026`, choices, usage: COMPLETION_USAGE };
}

function eventsOf(request: IncomingMessage, asked: Asked): object[] {
  if (isMessages(request)) {
    const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    return [
      {
        type: 'message_start',
        message: {
          ...answerTo(request, asked),
          content: [],
          stop_reason: null,
          usage: { ...MESSAGE_USAGE, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      delta('Hello '),
      delta('there'),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
  }
  const chunk = (delta: object, finish: string | null = null) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: `${asked.model}-2026`,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return [
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hello ' }),
    chunk({ content: 'there' }),
    chunk({}, 'stop'),
    ...(asked.stream_options?.include_usage ? [{ ...chunk({}), choices: [], usage: COMPLETION_USAGE }] : []),
  ];
}
