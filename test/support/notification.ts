import type { Notification } from '../../src/db/alerts/deliveries.ts';

const ALERT = '00000000-0000-4000-8000-000000000001';
const SEARCH = '00000000-0000-4000-8000-000000000002';
const EVENT = '00000000-0000-4000-8000-000000000003';
const RECORD = '00000000-0000-4000-8000-000000000004';

/** What an alert that fired tells, with the given parts instead. */
export const notification = (parts: Partial<Notification> = {}): Notification => ({
  alert: { id: ALERT, name: 'Checkout errors', measure: 'COUNT', threshold: 50, windowMinutes: 5 },
  search: { id: SEARCH, name: 'Shop errors', query: 'level:error service:shop' },
  event: {
    id: EVENT,
    kind: 'FIRED',
    at: '2026-11-27T03:15:00.000000Z',
    value: 57,
    range: { from: '2026-11-27T03:10:00.000000Z', to: '2026-11-27T03:15:00.000000Z' },
  },
  sample: [sampleRecord('payment failed')],
  ...parts,
});

export const sampleRecord = (message: string): Notification['sample'][number] => ({
  uid: RECORD,
  timestamp: '2026-11-27T03:14:58.123456Z',
  level: 'ERROR',
  service: 'shop',
  message,
});
