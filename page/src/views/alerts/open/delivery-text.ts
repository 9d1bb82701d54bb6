import type { AlertEventRowFragment } from '../../../api/documents.ts';
import { counted } from '../../../text/number.ts';

type Delivery = AlertEventRowFragment['deliveries'][number];

export const isFailed = ({ deliveredAt, attempts }: Delivery): boolean => deliveredAt === null && attempts > 0;

/** What came of a notification: `ops: delivered 14:05:12 at attempt 3`. */
export function deliveryText(delivery: Delivery, clock: (time: string) => string): string {
  const { notifierName, deliveredAt, attempts, nextAttemptAt, error } = delivery;
  if (deliveredAt !== null) {
    return `${notifierName}: delivered ${clock(deliveredAt)}${attempts > 1 ? ` at attempt ${attempts}` : ''}`;
  }
  if (!isFailed(delivery)) return `${notifierName}: not sent yet`;
  const next = nextAttemptAt === null ? 'given up' : `next attempt ${clock(nextAttemptAt)}`;
  return `${notifierName}: failed, ${error ?? 'no reason given'}; ${counted(attempts, 'attempt')}, ${next}`;
}
