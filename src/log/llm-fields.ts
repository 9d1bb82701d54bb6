/** What the table says about a field of a model call. */
interface LlmFieldSpec {
  /** Its column in `llm_logs`. */
  column: string;
  kind: 'text' | 'number' | 'flag' | 'texts' | 'json';
  /** Its name in the search language, after `llm.`. */
  search?: string;
  /** Its list in `LlmFilter`. */
  list?: string;
  /** Its range in `LlmFilter`. */
  range?: string;
  /** Its name in `LogField`: `facets` counts its values. */
  facet?: string;
  /** Markdown, for the API's schema. */
  description: string;
}

/**
 * Every field of a model call, in the order in which columns are written and read. The names are those of OpenTelemetry's
 * `gen_ai` conventions. What was asked and answered is apart: `LlmContent`.
 */
export const LLM_FIELDS = {
  operation: {
    column: 'operation',
    kind: 'text',
    search: 'operation',
    list: 'operations',
    facet: 'LLM_OPERATION',
    description: 'What the call did (`gen_ai.operation.name`): `chat`, `embeddings`, `execute_tool` ...',
  },
  counted: {
    column: 'counted',
    kind: 'flag',
    search: 'counted',
    description:
      'Whether sums count it: it went to a model itself. False for tools, agents and workflows, and for spans that only wrap other calls: their tokens are those of the calls inside.',
  },
  provider: {
    column: 'provider',
    kind: 'text',
    search: 'provider',
    list: 'providers',
    facet: 'LLM_PROVIDER',
    description: 'Who runs the model: `openai`, `anthropic` ... (`gen_ai.provider.name`, before `gen_ai.system`).',
  },
  requestModel: {
    column: 'request_model',
    kind: 'text',
    search: 'requestModel',
    list: 'requestModels',
    facet: 'LLM_REQUEST_MODEL',
    description: 'The model that was asked for.',
  },
  responseModel: {
    column: 'response_model',
    kind: 'text',
    search: 'responseModel',
    list: 'responseModels',
    facet: 'LLM_RESPONSE_MODEL',
    description: 'The model that answered.',
  },
  conversationId: {
    column: 'conversation_id',
    kind: 'text',
    search: 'conversationId',
    list: 'conversationIds',
    facet: 'LLM_CONVERSATION_ID',
    description: 'The conversation that the call belongs to.',
  },
  toolName: { column: 'tool_name', kind: 'text', search: 'toolName', description: 'The tool that was called.' },
  agentName: { column: 'agent_name', kind: 'text', search: 'agentName', description: 'The agent that made the call.' },
  inputTokens: {
    column: 'input_tokens',
    kind: 'number',
    search: 'inputTokens',
    range: 'inputTokens',
    description: 'All tokens that were sent, including those that came from a cache.',
  },
  outputTokens: {
    column: 'output_tokens',
    kind: 'number',
    search: 'outputTokens',
    range: 'outputTokens',
    description: 'All tokens of the answer, including those of reasoning.',
  },
  cacheReadTokens: {
    column: 'cache_read_tokens',
    kind: 'number',
    search: 'cacheReadTokens',
    description: "Of `inputTokens`: read from the provider's cache.",
  },
  cacheCreationTokens: {
    column: 'cache_creation_tokens',
    kind: 'number',
    search: 'cacheCreationTokens',
    description: "Of `inputTokens`: written to the provider's cache.",
  },
  reasoningTokens: {
    column: 'reasoning_tokens',
    kind: 'number',
    search: 'reasoningTokens',
    description: 'Of `outputTokens`: spent on reasoning.',
  },
  costNanoUsd: {
    column: 'cost_nano_usd',
    kind: 'number',
    search: 'costUsd',
    range: 'costUsd',
    description: 'What the call cost, in US dollars. Null if neither the sender nor the price list says it.',
  },
  costSource: { column: 'cost_source', kind: 'text', description: 'Who said what the call cost.' },
  priceVersion: {
    column: 'price_version',
    kind: 'text',
    description: 'The version of the price list that the cost was taken from.',
  },
  timeToFirstTokenMs: {
    column: 'time_to_first_token_ms',
    kind: 'number',
    search: 'timeToFirstTokenMs',
    range: 'timeToFirstTokenMs',
    description: 'Milliseconds until the first token of the answer.',
  },
  finishReasons: {
    column: 'finish_reasons',
    kind: 'texts',
    search: 'finishReason',
    list: 'finishReasons',
    description: 'Why the model stopped: `stop`, `length`, `tool_calls` ...',
  },
  parameters: {
    column: 'parameters',
    kind: 'json',
    description: 'What else the sender said of the call: temperature, seed ... Search it with `llm.parameters.seed`.',
  },
} as const satisfies Record<string, LlmFieldSpec>;

export type LlmFieldName = keyof typeof LLM_FIELDS;

export const LLM_FIELD_NAMES = Object.keys(LLM_FIELDS) as readonly LlmFieldName[];

/** The entry without its literal types, for code that reads any of them. */
export const llmFieldSpec = (field: LlmFieldName): LlmFieldSpec => LLM_FIELDS[field];

type Specs = typeof LLM_FIELDS;
type NameOf<Key extends keyof LlmFieldSpec> = {
  [field in LlmFieldName]: Specs[field] extends { [key in Key]: infer Name extends string } ? Name : never;
}[LlmFieldName];

/**
 * What a condition can test of a call, by its name in the search language. `model` is the one that was asked for or the one
 * that answered. `costUsd` is in dollars.
 */
export type LlmField = 'model' | NameOf<'search'>;

const namesOf = (key: 'list' | 'range' | 'facet' | 'search'): [string, LlmField][] =>
  LLM_FIELD_NAMES.flatMap((field) => {
    const { [key]: name, search } = llmFieldSpec(field);
    return name === undefined || search === undefined ? [] : [[name, search as LlmField]];
  });

/** The lists of `LlmFilter`. */
export const LLM_LISTS = Object.fromEntries([['models', 'model'], ...namesOf('list')]) as Readonly<
  Record<'models' | NameOf<'list'>, LlmField>
>;
/** The ranges of `LlmFilter`. */
export const LLM_RANGES = Object.fromEntries(namesOf('range')) as Readonly<Record<NameOf<'range'>, LlmField>>;
/** The values of `LogField`. `LLM_MODEL`: the model that answered, else the one that was asked for. */
export const LLM_FACETS = Object.fromEntries([['LLM_MODEL', 'model'], ...namesOf('facet')]) as Readonly<
  Record<'LLM_MODEL' | NameOf<'facet'>, LlmField>
>;

/** The field of the table that holds what a condition tests; of `model`, both that it tests. */
export const LLM_TESTED = Object.fromEntries<readonly LlmFieldName[]>([
  ['model', ['requestModel', 'responseModel']],
  ...LLM_FIELD_NAMES.flatMap((field): [string, LlmFieldName[]][] => {
    const { search } = llmFieldSpec(field);
    return search === undefined ? [] : [[search, [field]]];
  }),
]) as Readonly<Record<LlmField, readonly LlmFieldName[]>>;

export const LLM_FIELD_LIST = Object.keys(LLM_TESTED) as readonly LlmField[];

/** The fields in which a text is searched. */
export const LLM_TEXTS = LLM_FIELD_NAMES.filter((field): field is LlmText => {
  const { kind, search } = llmFieldSpec(field);
  return kind === 'text' && search !== undefined;
});
type LlmText = {
  [field in LlmFieldName]: Specs[field] extends { kind: 'text'; search: string } ? field : never;
}[LlmFieldName];

/** How the values that a condition tests are compared. */
export const llmKind = (field: LlmField): LlmFieldSpec['kind'] => llmFieldSpec(LLM_TESTED[field][0]!).kind;
