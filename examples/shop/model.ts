import OpenAI from 'openai';
import type { Logger } from 'pino';
import { llm } from 'weir-client/llm';

export type AskModel = (prompt: string) => Promise<string>;

const MODEL = 'gpt-4o-mini';

/** The client of the `openai` package; `llm` gives each of its calls a record, with tokens and duration. */
export function createModel(log: Logger, url: string): AskModel {
  // Within a stage of a pipeline, the component of the record is the stage.
  const records = log.child({ component: 'model' });
  const openai = llm(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'the fake provider asks for none' }), { log: records });
  return async (prompt) => {
    const { choices } = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: prompt }],
    });
    return choices[0]?.message.content ?? '';
  };
}
