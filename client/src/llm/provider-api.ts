import type { CallFacts } from './call-facts.ts';

type Json = Record<string, unknown>;

/** What an event of a stream says. */
export interface StreamFacts extends CallFacts {
  /** It brings a part of the answer. */
  isToken?: boolean;
  text?: string | undefined;
}

/** How requests and responses of one endpoint are read. Everything is optional there: a reader takes what it finds. */
export interface ProviderApi {
  operation: string;
  input(request: Json): unknown;
  response(body: Json): CallFacts;
  event(event: Json): StreamFacts;
}

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.map(object) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const some = (texts: (string | undefined)[]): string[] | undefined => {
  const known = texts.filter((one) => one !== undefined);
  return known.length > 0 ? known : undefined;
};

function chatUsage(value: unknown): CallFacts {
  const usage = object(value);
  return {
    inputTokens: number(usage.prompt_tokens),
    outputTokens: number(usage.completion_tokens),
    cacheReadTokens: number(object(usage.prompt_tokens_details).cached_tokens),
    reasoningTokens: number(object(usage.completion_tokens_details).reasoning_tokens),
    // OpenRouter says it.
    costUsd: number(usage.cost),
  };
}

/** https://platform.openai.com/docs/api-reference/chat, and what others serve under the same path. */
const chatCompletions: ProviderApi = {
  operation: 'chat',
  input: ({ messages }) => messages,
  response: ({ model, id, choices, usage }) => ({
    responseModel: text(model),
    responseId: text(id),
    finishReasons: some(list(choices).map((choice) => text(choice.finish_reason))),
    output: list(choices).map(({ message }) => message),
    ...chatUsage(usage),
  }),
  event({ model, id, choices, usage }) {
    const deltas = list(choices).map(({ delta }) => object(delta));
    return {
      responseModel: text(model),
      responseId: text(id),
      finishReasons: some(list(choices).map((choice) => text(choice.finish_reason))),
      isToken: deltas.some((delta) => Boolean(delta.content || delta.tool_calls || delta.reasoning_content)),
      text: deltas.map((delta) => text(delta.content) ?? '').join(''),
      ...chatUsage(usage),
    };
  },
};

const NOT_ENDED: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

function responsesFacts({ model, id, status, output, usage }: Json): CallFacts {
  const tokens = object(usage);
  return {
    responseModel: text(model),
    responseId: text(id),
    finishReasons: some([NOT_ENDED.has(status) ? undefined : text(status)]),
    output,
    inputTokens: number(tokens.input_tokens),
    outputTokens: number(tokens.output_tokens),
    cacheReadTokens: number(object(tokens.input_tokens_details).cached_tokens),
    reasoningTokens: number(object(tokens.output_tokens_details).reasoning_tokens),
  };
}

/** https://platform.openai.com/docs/api-reference/responses */
const responses: ProviderApi = {
  operation: 'chat',
  input: ({ input }) => input,
  response: responsesFacts,
  event: ({ type, response, delta }) => ({
    ...(response === undefined ? {} : responsesFacts(object(response))),
    isToken: String(type).endsWith('.delta'),
    text: type === 'response.output_text.delta' ? text(delta) : undefined,
  }),
};

const completions: ProviderApi = {
  operation: 'text_completion',
  input: ({ prompt }) => prompt,
  response: ({ model, id, choices, usage }) => ({
    responseModel: text(model),
    responseId: text(id),
    finishReasons: some(list(choices).map((choice) => text(choice.finish_reason))),
    output: list(choices).map((choice) => choice.text),
    ...chatUsage(usage),
  }),
  event({ model, choices, usage }) {
    const joined = list(choices)
      .map((choice) => text(choice.text) ?? '')
      .join('');
    return { responseModel: text(model), isToken: joined !== '', text: joined, ...chatUsage(usage) };
  },
};

const embeddings: ProviderApi = {
  operation: 'embeddings',
  input: ({ input }) => input,
  response: ({ model, usage }) => ({ responseModel: text(model), ...chatUsage(usage) }),
  event: () => ({}),
};

/** Anthropic's `input_tokens` are without those of its cache. */
function messageUsage(value: unknown): CallFacts {
  const usage = object(value);
  const [fresh, read, created] = [
    usage.input_tokens,
    usage.cache_read_input_tokens,
    usage.cache_creation_input_tokens,
  ].map(number);
  return {
    inputTokens: fresh === undefined ? undefined : fresh + (read ?? 0) + (created ?? 0),
    outputTokens: number(usage.output_tokens),
    cacheReadTokens: read,
    cacheCreationTokens: created,
  };
}

const messageFacts = ({ model, id, stop_reason, content, usage }: Json): CallFacts => ({
  responseModel: text(model),
  responseId: text(id),
  finishReasons: some([text(stop_reason)]),
  output: content,
  ...messageUsage(usage),
});

/** https://docs.anthropic.com/en/api/messages */
const messages: ProviderApi = {
  operation: 'chat',
  input: ({ system, messages: sent }) => (system === undefined ? sent : { system, messages: sent }),
  response: messageFacts,
  event({ type, message, delta, usage }) {
    const { stop_reason: reason, text: piece } = object(delta);
    return {
      ...(type === 'message_start' ? { ...messageFacts(object(message)), output: undefined } : {}),
      ...(type === 'message_delta' ? { ...messageUsage(usage), finishReasons: some([text(reason)]) } : {}),
      isToken: type === 'content_block_delta',
      text: text(piece),
    };
  },
};

const APIS: readonly (readonly [path: RegExp, api: ProviderApi])[] = [
  [/\/chat\/completions$/, chatCompletions],
  [/\/responses$/, responses],
  [/\/completions$/, completions],
  [/\/embeddings$/, embeddings],
  // Not `/threads/ID/messages` of OpenAI, which stores a message.
  [/\/v1\/messages$/, messages],
];

/** Undefined for an endpoint that calls no model: those are not recorded. */
export const apiOf = (path: string): ProviderApi | undefined => APIS.find(([pattern]) => pattern.test(path))?.[1];

const PARAMETERS = [
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'stop_sequences',
  'reasoning_effort',
  'service_tier',
] as const;

export const parametersOf = (request: Json): Record<string, unknown> =>
  Object.fromEntries(
    PARAMETERS.flatMap((name) =>
      request[name] === undefined || request[name] === null ? [] : [[name, request[name]]],
    ),
  );

/**
 * What went wrong, as a body or an event of a stream says it. In OpenAI's Responses API it may stand in the response that the event
 * brings, or be the event itself.
 */
const errorSaid = ({ error, response, type, ...rest }: Json): unknown =>
  error ?? object(response).error ?? (type === 'error' ? { type, ...rest } : undefined);

/** Whether a body or an event tells of a failure, whatever the status says. */
export const hasFailed = (body: Json): boolean => Boolean(errorSaid(body));

/** The error of a response's body, as providers write it. */
export function providerError(status: number, body: Json | undefined): Error {
  const said = errorSaid(object(body));
  const { type, code, message } = object(said);
  const error = new Error(text(message) ?? text(said) ?? `the provider answered ${status}`);
  error.name = text(code) ?? text(type) ?? `HTTP ${status}`;
  delete (error as { stack?: string }).stack;
  return Object.assign(error, { code: status });
}
