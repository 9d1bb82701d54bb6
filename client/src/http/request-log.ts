import type { RecordLog } from '../record-log.ts';
import { type ClientIp, createClientIp } from './client-ip.ts';

/** `Request`: what the framework gives its handlers. */
export interface RequestLogOptions<Request> {
  /** Where the records go. Give the same logger `mixin: contextFields`, so that its other lines bear the ids too. */
  log: RecordLog;
  /** Whether requests are logged. Default: unless `ENABLE_REQUEST_LOGGING` is `false`. The ids are there in any case. */
  enabled?: boolean;
  /** Requests that take at least as long have `slow: true`. Default: 1000. */
  slowMs?: number;
  /** Requests that are not logged: paths, expressions that match paths, or a function of the path. */
  ignore?: readonly (string | RegExp)[] | ((path: string) => boolean);
  /** Request headers that are logged, in lower case. Default: none. */
  headers?: readonly string[];
  /** Addresses and networks of proxies whose `x-forwarded-for` is believed. Default: none. */
  trustedProxies?: readonly string[];
  /** Who sent the request. Called at its end. */
  userId?: (request: Request) => string | number | null | undefined;
  /** The component of the records. Default: `http`. */
  component?: string;
}

/** The options, checked, as each request needs them. */
export interface RequestLog<Request> {
  log: RecordLog;
  slowMs: number;
  headers: readonly string[];
  component: string;
  clientIp: ClientIp;
  isLogged(path: string): boolean;
  userId(request: Request): string | undefined;
}

const SLOW_MS = 1_000;
const HEADERS_MAX = 32;

/** @throws TypeError an option has a value that cannot be used. */
export function createRequestLog<Request>(options: RequestLogOptions<Request>): RequestLog<Request> {
  const { log, slowMs = SLOW_MS, headers = [], component = 'http' } = options;
  if (headers.length > HEADERS_MAX) {
    throw new TypeError(`headers: expected at most ${HEADERS_MAX} names, got ${headers.length}. Name fewer.`);
  }
  const isOn = options.enabled ?? isEnabled(process.env.ENABLE_REQUEST_LOGGING);
  const isIgnored = ignoredPaths(options.ignore ?? []);
  return {
    log,
    slowMs,
    component,
    headers: headers.map((name) => name.toLowerCase()),
    clientIp: createClientIp(options.trustedProxies ?? []),
    isLogged: (path) => isOn && !isIgnored(path),
    userId(request) {
      const id = options.userId?.(request);
      return id === undefined || id === null || id === '' ? undefined : String(id);
    },
  };
}

const isEnabled = (setting: string | undefined): boolean => !/^(false|off|no|0)$/i.test(setting?.trim() ?? '');

function ignoredPaths(ignore: NonNullable<RequestLogOptions<never>['ignore']>): (path: string) => boolean {
  if (typeof ignore === 'function') return ignore;
  const paths = new Set(ignore.filter((one) => typeof one === 'string'));
  // A copy without `g` and `y`: with them, an expression remembers where it stopped.
  const patterns = ignore
    .filter((one) => one instanceof RegExp)
    .map(({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')));
  return (path) => paths.has(path) || patterns.some((pattern) => pattern.test(path));
}
