import type { Notification } from '../../../db/alerts/deliveries.ts';
import { encodeAlertEventId, encodeAlertId } from '../../../log/cursor.ts';

/** Where to look further. */
export interface Links {
  /** The page, with the search and the window of the event. */
  page: string;
  /** The event, or the alert, by the API: a GET request with an API key. */
  api: string;
}

/** Messages have a bounded length. A longer link leads to the page without the search. */
const PAGE_LINK_LENGTH_MAX = 1000;

const EVENT_QUERY =
  'query ($id: ID!) { node(id: $id) { id ... on AlertEvent { kind at value alert { name state } sample { id message } } } }';
const ALERT_QUERY = 'query ($id: ID!) { node(id: $id) { id ... on Alert { name state value evaluatedAt } } }';

/** `publicUrl`: PUBLIC_URL, without a slash at its end. */
export function linksOf({ alert, search, event }: Notification, publicUrl: string): Links {
  const range = event && { from: event.range.from, to: event.range.to };
  const page = `${publicUrl}/?${new URLSearchParams({ q: search.query, ...range })}`;
  const api = new URLSearchParams({
    query: event ? EVENT_QUERY : ALERT_QUERY,
    variables: JSON.stringify({ id: event ? encodeAlertEventId(event.id) : encodeAlertId(alert.id) }),
  });
  return { page: page.length > PAGE_LINK_LENGTH_MAX ? `${publicUrl}/` : page, api: `${publicUrl}/graphql?${api}` };
}
