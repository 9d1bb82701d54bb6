import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** What the cookie of a new session holds: 256 random bits in base64url. */
export const makeSessionToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The cookie of a session, in the headers of requests and responses. */
export interface SessionCookie {
  /**
   * The tokens in the cookies, at most one of each name. The first counts. A browser has several if it signed in over HTTP and over
   * TLS. `header`: `Cookie`. Nothing of a name that comes several times: a browser has one, unless another site under the same
   * domain has set one too. Nor a text that cannot be a token.
   */
  read(header: string | null): string[];
  /** `Set-Cookie` that keeps a token. `isSecure`: the browser may send it over TLS alone. */
  keep(token: string, seconds: number, isSecure: boolean): string;
  /** Each `Set-Cookie` that removes one. */
  remove(isSecure: boolean): string[];
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
  const set = (name: string, value: string, seconds: number): string =>
    [
      `${name}=${value}`,
      'Path=/',
      `Max-Age=${seconds}`,
      'HttpOnly',
      'SameSite=Strict',
      ...(name === secure ? ['Secure'] : []),
    ].join('; ');
  return {
    read(header) {
      const cookies = (header ?? '').split(';').map((cookie) => cookie.trim());
      return names.flatMap((name) => {
        const values = cookies
          .filter((cookie) => cookie.startsWith(`${name}=`))
          .map((one) => one.slice(name.length + 1));
        return values.length === 1 && TOKEN.test(values[0]!) ? values : [];
      });
    },
    keep: (token, seconds, isSecure) => set(isSecure ? secure : plain, token, seconds),
    // Over HTTP a browser neither sends nor removes that of TLS.
    remove: (isSecure) => (isSecure ? names : [plain]).map((name) => set(name, '', 0)),
  };
}
