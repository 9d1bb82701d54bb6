import type { ContextFields } from '../context.ts';
import { type ErrorFields, errorFields } from '../error-fields.ts';

/** What is known of a request at its end. */
export interface RequestFacts {
  method: string;
  path: string;
  route: string | undefined;
  status: number;
  durationMs: number;
  bytesSent: number | undefined;
  userAgent: string | undefined;
  clientIp: string | undefined;
  userId: string | undefined;
  headers: Record<string, string> | undefined;
  error: unknown;
  isSlow: boolean;
  /** The client closed the connection before the response was complete. */
  isAborted: boolean;
}

/** The record, by the names that Weir's `/ingest` reads. What is undefined is not written. */
export interface RequestRecord extends ContextFields {
  http: {
    method: string;
    route: string | undefined;
    path: string;
    status: number;
    bytes_sent: number | undefined;
    user_agent: string | undefined;
    client_ip: string | undefined;
    headers: Record<string, string> | undefined;
  };
  duration_ms: number;
  slow?: true;
  aborted?: true;
  err?: ErrorFields;
}

const PATH_CHARS_MAX = 2_048;
const TEXT_CHARS_MAX = 512;

export function requestRecord(component: string, ids: ContextFields, facts: RequestFacts): RequestRecord {
  const record: RequestRecord = {
    ...ids,
    component,
    http: {
      method: facts.method,
      route: facts.route,
      path: bounded(facts.path, PATH_CHARS_MAX),
      status: facts.status,
      bytes_sent: facts.bytesSent,
      user_agent: bounded(facts.userAgent, TEXT_CHARS_MAX),
      client_ip: facts.clientIp,
      headers: facts.headers,
    },
    duration_ms: Math.round(facts.durationMs * 1_000) / 1_000,
  };
  if (facts.userId !== undefined) record.user_id = bounded(facts.userId, TEXT_CHARS_MAX);
  if (facts.isSlow) record.slow = true;
  if (facts.isAborted) record.aborted = true;
  if (facts.error !== undefined) record.err = errorFields(facts.error);
  return record;
}

export const levelOf = (status: number): 'error' | 'warn' | 'info' =>
  status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';

export const bounded = <Text extends string | undefined>(text: Text, charsMax: number): Text =>
  (text === undefined || text.length <= charsMax ? text : text.slice(0, charsMax)) as Text;
