import { contextFields } from '../context.ts';
import { idHeaders } from './request-ids.ts';

/** The ids of the present request as headers, for any HTTP client. Outside of a request there are none. */
export const contextHeaders = (): Record<string, string> => Object.fromEntries(idHeaders(contextFields()));

/** `fetch` that passes on the ids of the present request, so that the other server's records join the chain. Headers that are given win. */
export const fetchWithContext: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  for (const [name, value] of idHeaders(contextFields())) if (!headers.has(name)) headers.set(name, value);
  return fetch(input, { ...init, headers });
};
