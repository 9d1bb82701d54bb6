import { json } from 'node:stream/consumers';
import { type Listening, listen } from './listen.ts';

interface ChatRequest {
  model: string;
  messages: { content: string }[];
}

/** Answers as a provider of models does, without a model: `POST /v1/chat/completions` of OpenAI's API. */
export const startFakeProvider = (): Promise<Listening> =>
  listen(async (request, response) => {
    const { model, messages } = (await json(request)) as ChatRequest;
    const prompt = messages.map(({ content }) => content).join(' ');
    const answer = `${prompt.split(' ').at(-1)}: a good choice.`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        model: `${model}-2024-07-18`,
        choices: [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }],
        usage: { prompt_tokens: tokens(prompt), completion_tokens: tokens(answer) },
      }),
    );
  });

const tokens = (text: string): number => Math.ceil(text.length / 4);
