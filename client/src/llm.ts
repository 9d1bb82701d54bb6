import { defaultLog } from './default-log.ts';
import { addFacts, type CallFacts } from './llm/call-facts.ts';
import { type AskedCall, type CallOptions, openCall } from './llm/call-record.ts';
import { observedFetch } from './llm/observed-fetch.ts';

export type { CallFacts, CallOptions };

/** A client of the `openai` or the `@anthropic-ai/sdk` package, or of another that is made in the same way. */
interface SdkClient {
  withOptions(options: never): unknown;
}

interface SdkSettings {
  fetch?: typeof globalThis.fetch;
  /** Milliseconds. A request may have another one. */
  timeout?: number;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  OpenAI: 'openai',
  AzureOpenAI: 'azure.ai.openai',
  Anthropic: 'anthropic',
};

/**
 * A client like this one that writes a record for each call: model, tokens, duration, time to the first token, and how it
 * ended, also of streams and of those that are aborted. The given client stays as it is. Each retry of the SDK is a record of
 * the same chain. `provider`: default by the class of the client.
 *
 * OpenAI's chat streams tell their tokens only if the request asks for them: `stream_options: { include_usage: true }`.
 * @throws TypeError there is no log: neither the option nor `setLog`
 */
export function llm<Client extends SdkClient>(client: Client, options: CallOptions = {}): Client {
  const { fetch = globalThis.fetch, timeout: timeoutMs } = client as SdkSettings;
  const provider = options.provider ?? PROVIDERS[client.constructor.name];
  const log = options.log ?? defaultLog();
  return client.withOptions({
    fetch: observedFetch(fetch, { ...options, log, provider, timeoutMs }),
  } as never) as Client;
}

/** What `llmCall` speaks of. */
export interface LlmCallOptions extends CallOptions {
  provider: string;
  model: string;
  /** Default: `chat`. Others: `embeddings`, `text_completion`, `execute_tool`, `invoke_agent` ... */
  operation?: string;
  parameters?: Readonly<Record<string, unknown>>;
  input?: unknown;
  /** 1 for the first try. The attempts within one context are one chain. */
  attempt?: number;
}

/** What the function within `llmCall` tells of its call. */
export interface LlmCallNotes {
  firstToken(): void;
  /** May be called again: a later value wins. */
  answered(facts: CallFacts): void;
}

/**
 * Calls the function and writes one record of it, whatever client it uses. Its result and its error pass unchanged.
 * @throws TypeError there is no log: neither the option nor `setLog`. The function is not called then.
 */
export async function llmCall<Result>(
  { operation = 'chat', ...options }: LlmCallOptions,
  call: (notes: LlmCallNotes) => Promise<Result> | Result,
): Promise<Result> {
  const asked: AskedCall = { operation, ...options };
  const record = openCall(asked);
  const facts: CallFacts = {};
  try {
    const result = await call({
      firstToken: () => record.firstToken(),
      answered: (more) => addFacts(facts, more),
    });
    record.facts(facts);
    record.end();
    return result;
  } catch (error) {
    record.facts(facts);
    record.end({ error, aborted: error instanceof Error && error.name === 'AbortError' });
    throw error;
  }
}
