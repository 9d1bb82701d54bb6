import { encodeLogId, encodeTailCursor } from '../../src/log/cursor.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { type Coordinate, everyFieldBelow } from './every-field.ts';

/** Requests to a server, one for each kind of question. */
export interface Question {
  name: string;
  path: string;
  body?: object;
  /** Of an event stream: it is read up to the last record. */
  isTail?: boolean;
}

const TIME = { from: '2001-01-01T00:00:00.000000Z', to: '2026-11-01T00:00:00.000000Z' };
/** Of Loki, which reads a year at most. */
const YEAR = { start: '2001-01-01T00:00:00Z', end: '2001-12-31T00:00:00Z' };
/** The first hours. */
const START = { from: '2001-03-01T09:00:00.000000Z', to: '2001-03-01T13:00:00.000000Z' };
const PAGE = { first: 12 };
const BARS = { buckets: 12, width: null, timeZone: 'UTC', by: { field: 'SERVICE' }, first: 3 };

/** A record that leads back to itself, what alerts say, and cursors: they are no question of their own. */
const WITHOUT: ReadonlySet<Coordinate> = new Set([
  ...['SavedSearch.alerts', 'Alert.search', 'Alert.events', 'Alert.notify', 'Delivery.notifier'],
  ...['AlertEvent.alert', 'AlertEvent.sample', 'AlertEvent.kind', 'AlertEvent.value'],
  ...['LogConnection.tailCursor', 'TailBatch.cursor', 'Log.correlation'],
]);

const BELOW: Record<Coordinate, object> = {
  'Log.surrounding': { before: 3, after: 3, by: [], within: 'P1D' },
  'Correlation.userIds': { first: 9 },
  'Correlation.steps': { first: 9 },
  'Correlation.logs': PAGE,
  'Pipeline.stages': { first: 9 },
  'Pipeline.logs': PAGE,
  'LogStats.byService': { first: 9 },
  'LogStats.byComponent': { first: 9 },
  'LogStats.histogram': { buckets: 9 },
  'LogStats.bars': BARS,
  'LogStats.topErrors': { first: 9 },
  'ErrorGroup.bars': { buckets: 12, width: null, timeZone: 'UTC' },
  'LlmStats.groups': { by: { field: 'LLM_MODEL' }, first: 9 },
  'LlmStats.bars': { ...BARS, by: { field: 'USER_ID' } },
  'AlertPreview.values': { buckets: 40 },
  'Pattern.bars': { buckets: 9 },
};

/** A field of the API with these arguments, and every field below it. */
const graphql = (field: string, args: object, name = field): Question => ({
  name,
  path: '/graphql',
  body: everyFieldBelow('query', field, {
    without: WITHOUT,
    argumentsOf: (at) => (at === `Query.${field}` ? args : (BELOW[at] ?? {})) as Record<string, unknown>,
    selected: () => {},
  }),
});

const FACETS = [
  ...['LEVEL', 'SERVICE', 'COMPONENT', 'ENVIRONMENT', 'HOST', 'USER_ID', 'ERROR_TYPE', 'CORRELATION_ID'],
  ...['PIPELINE_ID', 'LLM_MODEL', 'LLM_PROVIDER', 'LLM_OPERATION'],
].map((field) => ({ field }));
const ATTRIBUTES = [['team'], ['progress'], ['progress', 'operation']].map((attribute) => ({ attribute }));

const RULES = {
  COUNT: { query: '', threshold: 3 },
  ERROR_RATE: { query: '', threshold: 0.1 },
  ABSENCE: { query: 'level:>=error' },
  NEW_ERROR: { query: '' },
  LLM_COST_USD: { query: '', threshold: 0.001 },
};

const loki = (path: string, parameters: Record<string, string>, name = ''): Question => ({
  name: `loki ${path} ${name}`,
  path: `/loki/api/v1/${path}?${new URLSearchParams({ ...YEAR, ...parameters })}`,
});

const ANY = '{service_name=~".+"}';

const exported = (parameters: Record<string, string>): Question => ({
  name: `export ${Object.values(parameters)}`,
  path: `/export?${new URLSearchParams({ ...TIME, ...parameters })}`,
});

const TAILED =
  'subscription ($after: TailCursor!) { tail(after: $after) { logs { uid message llm { responseModel } } } }';

/** `records`: all that are stored, seen or not. */
export const questionsOver = (records: readonly NewRecord[]): Question[] => [
  ...records.filter((_, n) => n % 40 < 2).map((one) => graphql('log', { id: encodeLogId(one) }, `log ${one.uid}`)),
  graphql('node', { id: encodeLogId(records[1]!) }),
  graphql('nodes', { ids: records.filter((_, n) => n % 11 === 0).map(encodeLogId) }),
  graphql('logs', { first: 90, time: TIME }, 'the newest logs'),
  graphql('logs', { first: 90, time: TIME, order: 'OLDEST_FIRST' }, 'the oldest logs'),
  graphql('logs', { last: 90 }, 'logs of any time'),
  graphql('logs', { first: 60, filter: { hasLlmCall: true }, time: TIME }, 'logs with calls'),
  graphql('logs', { first: 60, filter: { query: 'refused' } }, 'logs with a text'),
  graphql('correlation', { correlationId: 'chain 1' }),
  graphql('correlations', { first: 9, time: TIME }),
  graphql('pipeline', { pipelineId: 'run 1' }),
  graphql('pipelines', { first: 9, time: TIME }),
  graphql('pipelines', { first: 9, time: TIME, names: ['import', 'hidden import'] }, 'pipelines by name'),
  graphql('stats', { time: { to: TIME.to } }, 'stats of any time'),
  graphql('stats', { time: START, filter: { query: 'order OR refused' } }),
  graphql('llmStats', { time: { to: TIME.to } }, 'llmStats of any time'),
  graphql('llmStats', { time: START, filter: { query: 'durationMs:>=0' } }),
  ...[...FACETS, ...ATTRIBUTES].map((by) =>
    graphql('facets', { by, time: TIME, first: 20 }, `facets by ${JSON.stringify(by)}`),
  ),
  graphql('patterns', { time: TIME, first: 9, sample: 1000, baseline: START }),
  graphql('unusual', { filter: { minLevel: 'ERROR' }, time: TIME, first: 50 }),
  ...Object.entries(RULES).map(([measure, rule]) =>
    graphql('alertPreview', { input: { measure, window: 'PT10M', ...rule }, time: START }, `alertPreview ${measure}`),
  ),
  exported({ content: 'on' }),
  exported({ format: 'csv', order: 'newest', columns: 'timestamp,service,message,llm.model' }),
  loki('query_range', { query: ANY, limit: '500' }, 'lines'),
  loki('query_range', { query: `sum by (host) (count_over_time(${ANY}[30d]))`, step: '720h' }, 'counts'),
  loki('query', { query: `sum by (user_id) (bytes_over_time(${ANY}[360d]))`, time: YEAR.end }, 'bytes'),
  loki('query', { query: `sum by (service_name) (count_over_time(${ANY}[360d]))`, time: YEAR.end }, 'an instant'),
  loki('labels', { query: '{service_name="vault"}' }),
  ...['service_name', 'component', 'host', 'environment', 'team'].map((name) => loki(`label/${name}/values`, {})),
  loki('series', { 'match[]': ANY }),
  loki('index/stats', { query: ANY }),
  loki('index/volume', { query: ANY, targetLabels: 'service_name,component' }),
  loki('index/volume_range', { query: ANY, step: '720h' }),
  loki('detected_labels', { query: ANY }),
  loki('detected_fields', { query: ANY }),
  loki('detected_field/team/values', { query: ANY }),
  loki('patterns', { query: ANY, step: '720h' }),
  {
    name: 'tail',
    path: '/graphql',
    isTail: true,
    body: { query: TAILED, variables: { after: encodeTailCursor({ seq: 0, batchId: 0, after: null }) } },
  },
];
