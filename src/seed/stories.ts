import { severityOf } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import type { Random } from './random.ts';

export interface StoryRecord {
  /** From the begin of the story. */
  afterMs: number;
  draft: Draft;
}

/** One event, like a request, as its records in time order. `failing` is the error type of a current burst. */
type Story = (random: Random, failing: string | null) => StoryRecord[];

const DEBUG = severityOf('DEBUG');
const INFO = severityOf('INFO');
const WARNING = severityOf('WARNING');
const ERROR = severityOf('ERROR');

const USERS = 5000;
const HOSTS = 4;
/** The share of requests that fail, outside of bursts. */
const FAILURES = 0.01;
const FAILURES_IN_BURST = 0.4;
const STACKS = 0.5;

export const ERROR_TYPES = ['TimeoutError', 'ConnectionReset', 'DeadlockDetected', 'OutOfMemory', 'RateLimited'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  'okhttp/5.1.0',
  'curl/8.14.1',
  'python-requests/2.32.4',
];
const ROUTES = [
  { method: 'GET', path: '/api/v1/orders', service: 'checkout', component: 'orders' },
  { method: 'POST', path: '/api/v1/orders', service: 'checkout', component: 'cart' },
  { method: 'POST', path: '/api/v1/payments', service: 'billing', component: 'payments' },
  { method: 'GET', path: '/api/v1/invoices', service: 'billing', component: 'invoices' },
  { method: 'GET', path: '/api/v1/search', service: 'search', component: 'ranking' },
] as const;
const PIPELINES = ['nightly-report', 'reindex', 'invoice-export', 'fraud-scores'];
const STAGES = ['extract', 'transform', 'validate', 'load'];
const CHORES = [
  { service: 'gateway', component: 'health', text: 'health check answered' },
  { service: 'search', component: 'index', text: 'segment merged' },
  { service: 'worker', component: 'scheduler', text: 'queue polled, nothing to do' },
  { service: 'billing', component: 'payments', text: 'exchange rates refreshed' },
  { service: 'mailer', component: 'smtp', text: 'mail delivered' },
] as const;

/** Eight records of one correlation chain through gateway, a service, the worker and the mailer. */
const request: Story = (random, failing) => {
  const route = random.pick(ROUTES);
  const tookMs = random.logNormal(80, 0.9);
  const fails = random.chance(failing === null ? FAILURES : FAILURES_IN_BURST);
  const order = random.below(1_000_000);
  const chain = {
    correlationId: `req-${random.hex(16)}`,
    traceId: random.hex(32),
    // The cube: few users send most requests.
    userId: `u${Math.floor(random.next() ** 3 * USERS)}`,
  };
  const at = (share: number, service: string, component: string, draft: Draft): StoryRecord => ({
    afterMs: tookMs * share,
    draft: { ...chain, spanId: random.hex(16), service, component, host: hostOf(service, random), ...draft },
  });
  const http = {
    httpMethod: route.method,
    httpPath: route.path,
    httpUserAgent: random.pick(AGENTS),
    httpClientIp: `10.${random.below(8)}.${random.below(256)}.${random.below(256)}`,
  };
  const name = `${route.method} ${route.path}`;
  const queryMs = milliseconds(tookMs * 0.3);
  return [
    at(0, 'gateway', 'router', { severityNumber: INFO, message: `request received: ${name}`, ...http }),
    at(0.05, 'gateway', 'auth', { severityNumber: DEBUG, message: `request of user ${chain.userId} authorised` }),
    at(0.1, route.service, route.component, {
      severityNumber: INFO,
      message: `request for order ${order} started`,
      attributes: { order, region: random.pick(['eu-west-1', 'eu-central-1', 'us-east-1']) },
    }),
    at(0.4, route.service, 'database', {
      severityNumber: queryMs > 100 ? WARNING : DEBUG,
      message: `request ran ${1 + random.below(6)} statements in ${queryMs} ms`,
      durationMs: queryMs,
      attributes: { rows: random.below(500), cached: random.chance(0.3) },
    }),
    at(
      0.6,
      route.service,
      route.component,
      outcome(random, order, fails ? (failing ?? random.pick(ERROR_TYPES)) : null),
    ),
    at(0.7, 'worker', 'jobs', { severityNumber: INFO, message: `job ${random.hex(10)} queued for order ${order}` }),
    at(0.9, 'mailer', 'templates', { severityNumber: DEBUG, message: `receipt of order ${order} rendered` }),
    at(1, 'gateway', 'router', {
      severityNumber: fails ? ERROR : INFO,
      message: `request finished: ${name} ${fails ? 500 : 200} in ${milliseconds(tookMs)} ms`,
      durationMs: milliseconds(tookMs),
      httpStatus: fails ? 500 : 200,
      ...http,
    }),
  ];
};

const outcome = (random: Random, order: number, errorType: string | null): Draft =>
  errorType === null
    ? { severityNumber: INFO, message: `request for order ${order} succeeded` }
    : {
        severityNumber: ERROR,
        message: `request for order ${order} failed: ${errorType}`,
        errorType,
        stackTrace: random.chance(STACKS) ? stackOf(random, errorType) : null,
      };

const stackOf = (random: Random, errorType: string): string =>
  `${errorType}: gave up after ${1 + random.below(5)} attempts\n` +
  ['query (/app/db/pool.js', 'run (/app/orders/store.js', 'handle (/app/http/server.js']
    .map((frame) => `    at ${frame}:${1 + random.below(400)}:${1 + random.below(60)})`)
    .join('\n');

/** A run of a pipeline: a record for its begin, each stage and its end, which tells how it went. */
const pipeline: Story = (random, failing) => {
  const name = random.pick(PIPELINES);
  const run = {
    pipelineId: `${name}-${random.hex(8)}`,
    service: 'worker',
    component: name,
    host: hostOf('worker', random),
  };
  const rows = random.below(100_000);
  let afterMs = 0;
  let failed = false;
  const records: StoryRecord[] = [
    { afterMs, draft: { ...run, severityNumber: INFO, message: `pipeline ${name} started`, action: 'start' } },
  ];
  for (const stage of STAGES) {
    const durationMs = milliseconds(random.logNormal(1500, 0.8));
    const errorType = failing !== null && random.chance(FAILURES_IN_BURST) ? failing : null;
    failed ||= errorType !== null;
    afterMs += durationMs;
    const message = `stage ${stage} ${errorType === null ? 'done' : `failed: ${errorType}`}: ${rows} rows in ${durationMs} ms`;
    const severityNumber = errorType === null ? INFO : ERROR;
    records.push({
      afterMs,
      draft: { ...run, severityNumber, message, durationMs, errorType, action: stage, attributes: { rows } },
    });
  }
  records.push({
    afterMs,
    draft: {
      ...run,
      severityNumber: INFO,
      message: `pipeline ${name} ended`,
      action: 'end',
      durationMs: milliseconds(afterMs),
      attributes: {
        progress: {
          ...{ operation: name, status: failed ? 'failed' : 'succeeded', processed: rows, total: rows },
          ...{ elapsed_seconds: afterMs / 1000, summary: { rows } },
        },
      },
    },
  });
  return records;
};

/** A single record without a chain. */
const chore: Story = (random) => {
  const { service, component, text } = random.pick(CHORES);
  const durationMs = milliseconds(random.logNormal(5, 1));
  const severityNumber = random.chance(0.02) ? WARNING : random.chance(0.5) ? DEBUG : INFO;
  const message = `${text} in ${durationMs} ms`;
  return [
    { afterMs: 0, draft: { severityNumber, message, service, component, host: hostOf(service, random), durationMs } },
  ];
};

/** About 70 % of all records belong to requests, 5 % to pipelines, 25 % to chores. */
export function storyOf(random: Random): Story {
  const dice = random.next();
  return dice < 0.25 ? request : dice < 0.275 ? pipeline : chore;
}

const hostOf = (service: string, random: Random): string => `${service}-${random.below(HOSTS)}`;

const milliseconds = (ms: number): number => Math.round(ms * 100) / 100;
