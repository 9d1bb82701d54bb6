import { type Header, presentedKey } from '../access/credentials.ts';
import type { SessionChanges } from '../access/keys/change-sessions.ts';
import type { SessionCookie } from '../access/session-cookie.ts';
import { BadRequest, OriginNotAllowed } from '../errors.ts';
import { isOfOwnPage, isReading, senderOf } from './origin.ts';
import type { Route } from './route.ts';

export interface SessionDeps {
  sessions: SessionChanges;
  cookie: SessionCookie;
  /** Browsers reach this server over TLS without a proxy. */
  isTls: boolean;
}

const JSON_TYPE = /^application\/(graphql\+)?json\s*(;|$)/i;

/**
 * Whether the cookie of a session counts for a request to a route that takes sessions. A page of this server sends it, and as no
 * form can: pages of other origins must never act in the session of who looks at them.
 */
export const mayUseSession = (method: string, header: Header, isTls: boolean): boolean =>
  isOfOwnPage(senderOf(method, header), isTls) && (isReading(method) || JSON_TYPE.test(header('content-type') ?? ''));

/**
 * `/session`. POST with a key in a header signs in: the browser gets a cookie that stands for the key. DELETE signs out, also where
 * the session has ended. Both are for pages of this server alone.
 */
export const sessionRoute = ({ sessions, cookie, isTls }: SessionDeps): Route => ({
  path: '/session',
  methods: ['POST', 'DELETE'],
  isOpen: ({ method }) => method === 'DELETE',
  async handle({ method, headers }) {
    const header: Header = (name) => headers.get(name);
    if (!isOfOwnPage(senderOf(method, header), isTls)) {
      throw new OriginNotAllowed('/session: expected a page of this server, got another client. Programs send a key');
    }
    const isSecure = isTls || header('origin')!.startsWith('https:');
    const answer = (...setCookies: string[]): Response =>
      new Response(null, { status: 204, headers: setCookies.map((one): [string, string] => ['set-cookie', one]) });
    const endBefore = async (): Promise<void> => {
      for (const token of cookie.read(header('cookie'))) await sessions.end(token);
    };
    if (method === 'DELETE') {
      await endBefore();
      return answer(...cookie.remove(isSecure));
    }
    const key = presentedKey(header);
    if (key === undefined) throw new BadRequest('/session: expected an API key in `Authorization: Bearer`, got none');
    const token = await sessions.begin(key);
    await endBefore();
    return answer(cookie.keep(token, Math.floor(sessions.lastsMs / 1000), isSecure));
  },
});
