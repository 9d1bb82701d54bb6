import { createRandom } from '../src/seed/random.ts';

/** NDJSON lines like those of a service. The same seed makes the same lines. One for each millisecond, the newest last and now. */
export function makeLines(count: number, seed = 1, endMs = Date.now()): string[] {
  const random = createRandom(seed).next;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return Array.from({ length: count }, (_, index) => {
    const service = pick(SERVICES);
    const level = pick(LEVELS);
    const chain = Math.floor(index / 8);
    const duration = Math.round(random() * 100_000) / 100;
    return JSON.stringify({
      timestamp: new Date(endMs - count + index).toISOString(),
      level,
      message: `${pick(VERBS)} ${pick(NOUNS)} ${chain} for customer ${Math.floor(random() * 10_000)} in ${duration} ms`,
      service,
      component: `${service}.${pick(NOUNS)}`,
      host: `web-${Math.floor(random() * 12)}`,
      user_id: `u${Math.floor(random() * 5000)}`,
      ...(random() < 0.3 ? { correlation_id: `req-${seed}-${chain}` } : {}),
      ...(random() < 0.5 ? { duration_ms: duration } : {}),
      ...(level === 'error' ? { error_type: pick(ERRORS) } : {}),
      region: pick(REGIONS),
      attempt: Math.floor(random() * 3),
    });
  });
}

const SERVICES = ['billing', 'checkout', 'search', 'worker', 'gateway'];
const LEVELS = ['debug', 'info', 'info', 'info', 'info', 'info', 'info', 'warn', 'warn', 'error'];
const VERBS = ['created', 'updated', 'deleted', 'queued', 'finished', 'retried'];
const NOUNS = ['job', 'invoice', 'session', 'order', 'index', 'report'];
const ERRORS = ['TimeoutError', 'ValidationError', 'ConnectionReset'];
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1'];
