import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** What the cookie of a new session holds: 256 random bits in base64url. */
export const makeSessionToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The cookie of a session, in the headers of requests and responses. */
export interface SessionCookie {
  /**
   * The token in the cookie. `header`: `Cookie`. Undefined if there is none, or several of this name: a browser has one, unless
   * another site under the same domain has set one too. Also undefined for a text that cannot be a token.
   */
  read(header: string | null): string | undefined;
  /** `Set-Cookie` that keeps a token. `isSecure`: the browser may send it over TLS alone. */
  keep(token: string, seconds: number, isSecure: boolean): string;
  /** `Set-Cookie` that removes it. */
  remove(isSecure: boolean): string;
}

/** A browser takes a cookie of such a name only over TLS and from this host, so no other site can set it. */
const OF_THIS_HOST = '__Host-';
/** A browser sends the cookies of a host to all its ports. Servers of other databases must not overwrite this one. */
const ID_LENGTH = 8;

/** @param isTls browsers reach this server over TLS alone */
export function createSessionCookie(databaseId: string, isTls: boolean): SessionCookie {
  const plain = `weir_session_${databaseId.slice(0, ID_LENGTH)}`;
  const secure = OF_THIS_HOST + plain;
  const names = isTls ? [secure] : [secure, plain];
  const set = (value: string, seconds: number, isSecure: boolean): string =>
    [
      `${isSecure ? secure : plain}=${value}`,
      'Path=/',
      `Max-Age=${seconds}`,
      'HttpOnly',
      'SameSite=Strict',
      ...(isSecure ? ['Secure'] : []),
    ].join('; ');
  return {
    read(header) {
      const cookies = (header ?? '').split(';').map((cookie) => cookie.trim());
      const values = names.map((name) =>
        cookies.flatMap((cookie) => (cookie.startsWith(`${name}=`) ? [cookie.slice(name.length + 1)] : [])),
      );
      const found = values.find((one) => one.length > 0);
      return found?.length === 1 && TOKEN.test(found[0]!) ? found[0] : undefined;
    },
    keep: set,
    remove: (isSecure) => set('', 0, isSecure),
  };
}
