import { createHmac } from 'node:crypto';
import type { Notification } from '../../../db/alerts/deliveries.ts';
import { encodeAlertEventId, encodeAlertId, encodeLogId, encodeSearchId } from '../../../log/cursor.ts';
import { formatDuration } from '../../../log/duration.ts';
import type { Timestamp } from '../../../log/time.ts';
import type { Links } from './links.ts';

const MINUTE_MS = 60_000;

/** The body of a WEBHOOK; docs/alert-delivery.md explains it. Ids are those of the API. `at`: of a trial. */
export function webhookBody(
  { alert, search, event, sample }: Notification,
  links: Links | null,
  at: Timestamp,
): string {
  return JSON.stringify({
    event: event
      ? { id: encodeAlertEventId(event.id), kind: event.kind, at: event.at }
      : { id: null, kind: 'TRIAL', at },
    alert: {
      id: encodeAlertId(alert.id),
      name: alert.name,
      measure: alert.measure,
      threshold: alert.threshold,
      window: formatDuration(alert.windowMinutes * MINUTE_MS),
      search: { ...search, id: encodeSearchId(search.id) },
    },
    value: event?.value ?? null,
    range: event?.range ?? null,
    sample: sample.map(({ uid, ...record }) => ({ id: encodeLogId({ ...record, uid }), ...record })),
    links,
  });
}

const BASE64_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** A secret that begins with `whsec_` is the base64 of the key. Of any other one, its UTF-8 bytes are the key. */
function keyOf(secret: string): Buffer {
  const base64 = BASE64_SECRET.exec(secret)?.[1];
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64');
}

/**
 * The headers of a WEBHOOK. Without a secret there is no signature.
 * @param key the same at each attempt
 * Format: Standard Webhooks 1.0, "Webhook Headers" and "Signature scheme".
 */
export function webhookHeaders(
  key: string,
  body: string,
  secret: string | null,
  nowMs: number,
): Record<string, string> {
  const seconds = Math.floor(nowMs / 1000);
  const unsigned = { 'idempotency-key': key, 'webhook-id': key, 'webhook-timestamp': String(seconds) };
  if (secret === null) return unsigned;
  const signature = createHmac('sha256', keyOf(secret)).update(`${key}.${seconds}.${body}`).digest('base64');
  return { ...unsigned, 'webhook-signature': `v1,${signature}` };
}
