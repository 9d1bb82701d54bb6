import type { WeirError } from '../../../errors.ts';
import type { Rejection } from '../../../log/rejection.ts';

/** The answers of HEC: a text and a code for each. */
const respond = (status: number, code: number, text: string, more: object = {}, headers: Record<string, string> = {}) =>
  Response.json({ text, code, ...more }, { status, headers });

export const success = (): Response => respond(200, 0, 'Success');
export const healthy = (): Response => respond(200, 17, 'HEC is healthy');
export const noData = (): Response => respond(400, 5, 'No data');
export const ackDisabled = (): Response => respond(400, 14, 'ACK is disabled');

/** HEC's codes of rejected events. */
const CODES: Readonly<Record<string, readonly [code: number, text: string]>> = {
  EVENT_REQUIRED: [12, 'Event field is required'],
  EVENT_BLANK: [13, 'Event field cannot be blank'],
};

/** Names the first event that was rejected, counted from 0. All events that are not rejected are stored. */
export function invalidEvent({ at, code, reason }: Rejection, rejectedCount: number): Response {
  const [number, text] = CODES[code] ?? [6, 'Invalid data format'];
  const more = rejectedCount > 1 ? ` (${rejectedCount - 1} more events were rejected)` : '';
  return respond(400, number, text, { 'invalid-event-number': at - 1, reason: `${code}: ${reason}${more}` });
}

/** HEC's codes of errors, by status. */
const ERRORS: Readonly<Record<number, readonly [code: number, text: string]>> = {
  401: [4, 'Invalid token'],
  403: [4, 'Invalid token'],
  429: [9, 'Server is busy'],
  503: [9, 'Server is busy'],
  500: [8, 'Internal server error'],
};

export function hecErrorResponse({ status, code, message, headers }: WeirError): Response {
  const [number, text] = ERRORS[status] ?? [6, 'Invalid data format'];
  return respond(status, number, text, { reason: `${code}: ${message}` }, headers);
}
