import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';

interface Completion {
  model: string;
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}

export type AskModel = (prompt: string) => Promise<string>;

const MODEL = 'gpt-4o-mini';

/** One call of a model, and its record. This is the place for the wrapper of `weir-client/llm`. */
export const createModel =
  (log: Logger, url: string): AskModel =>
  async (prompt) => {
    const startedAt = performance.now();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: prompt }] }),
    });
    const { model, choices, usage } = (await response.json()) as Completion;
    const [choice] = choices;
    log.info(
      {
        component: 'model',
        duration_ms: performance.now() - startedAt,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': MODEL,
        'gen_ai.response.model': model,
        'gen_ai.response.finish_reasons': [choice!.finish_reason],
        'gen_ai.usage.input_tokens': usage.prompt_tokens,
        'gen_ai.usage.output_tokens': usage.completion_tokens,
      },
      `chat ${MODEL}`,
    );
    return choice!.message.content;
  };
